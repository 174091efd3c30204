#include "domain/deliberation/prompt.h"

#include <algorithm>
#include <array>
#include <functional>

#include "domain/deliberation/default_prompts.h"
#include "domain/whole_characters.h"

namespace orc {
namespace {

// A letter, and behind Z a number.
std::string name_of_answer(std::size_t place) {
  return "Answer " + (place < ranked_candidates_max ? std::string(1, static_cast<char>('A' + place)) : std::to_string(place + 1));
}

std::string quotations(const std::vector<std::string_view>& texts, bool named) {
  std::string all;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    std::string one = named ? name_of_answer(i) + ":\n" : std::string();
    one += quotation_of(texts[i]) + "\n";
    if (all.size() + one.size() > quotations_bytes_max) return all + "(" + std::to_string(texts.size() - i) + " more are not shown)\n\n";
    all += one;
  }
  return all;
}

std::string_view words_of(StageKind kind) {
  const DefaultPrompts& all = default_prompts();
  switch (kind) {
    case StageKind::exchange:
      return all.exchange;
    case StageKind::critique:
      return all.critique;
    case StageKind::revise:
      return all.revise;
    case StageKind::vote:
      return all.rank;
    case StageKind::aggregate:
      return all.aggregate;
    case StageKind::propose:
    case StageKind::score:
    case StageKind::verify:
    case StageKind::escalate:
      return all.propose;
  }
  return {};
}

// Gives the pieces of the filled template one after another.
void fill(std::string_view form, std::span<const Placeholder> placeholders, const std::function<void(std::string_view)>& give) {
  while (!form.empty()) {
    const std::size_t brace = std::min(form.find('{'), form.size());
    give(form.substr(0, brace));
    form.remove_prefix(brace);
    const auto known = std::ranges::find_if(placeholders, [&](const Placeholder& one) {
      return form.size() >= one.name.size() + 2 && form.substr(1, one.name.size()) == one.name && form[one.name.size() + 1] == '}';
    });
    if (form.empty()) break;
    if (known == placeholders.end()) {
      give(form.substr(0, 1));
      form.remove_prefix(1);
    } else {
      give(known->text);
      form.remove_prefix(known->name.size() + 2);
    }
  }
}

// Both messages piece by piece.
struct PromptPieces {
  StageKind kind;
  const DeliberationRequest& request;
  const AgentConfig& agent;
  const StageMaterial& material;
  const OwnAnswer& own_answer;

  void give(const std::function<void(std::string_view)>& system, const std::function<void(std::string_view)>& user) const {
    const std::string own = quotation_of(own_answer.text);
    const std::string own_name = own_answer.place ? " (" + name_of_answer(*own_answer.place) + ")" : "";
    const std::array<Placeholder, 8> placeholders = {{{.name = "task", .text = request->task_description},
                                                      {.name = "role", .text = request->role},
                                                      {.name = "agent_id", .text = agent->agent_id},
                                                      {.name = "agent_role", .text = agent->role},
                                                      {.name = "proposals", .text = material.proposals},
                                                      {.name = "remarks", .text = material.remarks},
                                                      {.name = "own", .text = own},
                                                      {.name = "own_name", .text = own_name}}};
    const DefaultPrompts& words = default_prompts();
    const bool is_own = kind == StageKind::propose && agent->prompt_template;
    const std::string_view form = is_own ? std::string_view(*agent->prompt_template) : words_of(kind);
    fill(words.system, placeholders, system);
    if (!is_own || !form.contains("{task}")) fill(words.task, placeholders, user);
    fill(form, placeholders, user);
  }
};

bool is_letter_or_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); }

// Without what may stand around letters: blanks, full stops, asterisks.
std::string_view without_padding_behind(std::string_view text) { return text.substr(0, text.find_last_not_of(" \t\r.*") + 1); }

// Read from its end to the first letter; empty if there is something else between the letters, or another '>' before them.
std::vector<std::size_t> ranking_at_end_of(std::string_view line, std::size_t candidates) {
  std::vector<std::size_t> ranking;
  for (line = without_padding_behind(line); !line.empty(); line = without_padding_behind(line.substr(0, line.size() - 1))) {
    const auto place = static_cast<std::size_t>(line.back() - 'A');
    line = line.substr(0, line.size() - 1);
    const bool is_word = !line.empty() && is_letter_or_digit(line.back());
    if (is_word || place >= candidates || std::ranges::find(ranking, place) != ranking.end()) return {};
    ranking.insert(ranking.begin(), place);
    line = without_padding_behind(line);
    if (line.contains('>') && line.back() != '>') return {};
    if (line.empty() || line.back() != '>') break;
  }
  return ranking;
}

}  // namespace

std::string fill_template(std::string_view form, std::span<const Placeholder> placeholders) {
  std::string filled;
  fill(form, placeholders, [&](std::string_view piece) { filled += piece; });
  return filled;
}

std::string quotation_of(std::string_view text) {
  const std::string_view kept = whole_characters(text, quoted_bytes_max);
  std::string out = "> ";
  for (const char c : kept) {
    if (c == '\r') continue;
    out += c;
    if (c == '\n') out += "> ";
  }
  out += '\n';
  if (kept.size() < text.size()) out += "(" + std::to_string(text.size() - kept.size()) + " more bytes are not shown)\n";
  return out;
}

StageMaterial material_of(StageKind kind, const std::vector<std::string_view>& proposals, const std::vector<std::string_view>& remarks) {
  return {.proposals = quotations(proposals, kind == StageKind::vote || kind == StageKind::critique),
          .remarks = quotations(remarks, false)};
}

Prompt prompt_of(StageKind kind, const DeliberationRequest& request, const AgentConfig& agent, const StageMaterial& material,
                 const OwnAnswer& own) {
  Prompt prompt;
  PromptPieces{.kind = kind, .request = request, .agent = agent, .material = material, .own_answer = own}.give(
      [&](std::string_view piece) { prompt.system += piece; }, [&](std::string_view piece) { prompt.user += piece; });
  return prompt;
}

std::size_t prompt_bytes_of(StageKind kind, const DeliberationRequest& request, const AgentConfig& agent, const StageMaterial& material,
                            const OwnAnswer& own) {
  std::size_t bytes = 0;
  const auto add = [&](std::string_view piece) { bytes += piece.size(); };
  PromptPieces{.kind = kind, .request = request, .agent = agent, .material = material, .own_answer = own}.give(add, add);
  return bytes;
}

std::vector<std::size_t> ranking_in(std::string_view text, std::size_t candidates) {
  while (!text.empty()) {
    const std::size_t begin = text.rfind('\n') == std::string_view::npos ? 0 : text.rfind('\n') + 1;
    const std::string_view line = text.substr(begin);
    text = text.substr(0, begin == 0 ? 0 : begin - 1);
    if (line.contains('>') || (candidates == 1 && line.contains('A'))) return ranking_at_end_of(line, candidates);
  }
  return {};
}

}  // namespace orc
