#include "adapters/deliberation_json/stage_members.h"

#include <array>
#include <utility>

namespace orc {
namespace {

constexpr auto of_propose =
    std::to_array<std::string_view>({"kind", "agents", "samples", "quorum", "on_error", "stop", "rule", "confidence"});
constexpr auto of_answering_anew = std::to_array<std::string_view>({"kind", "agents", "quorum", "on_error", "stop", "rule", "confidence"});
constexpr auto of_asking = std::to_array<std::string_view>({"kind", "agents", "quorum", "on_error"});
constexpr auto of_verify = std::to_array<std::string_view>({"kind", "plugin", "quorum", "on_error"});
constexpr auto of_score = std::to_array<std::string_view>({"kind"});
constexpr auto of_vote = std::to_array<std::string_view>({"kind", "rule"});
constexpr auto of_ranked_vote = std::to_array<std::string_view>({"kind", "rule", "agents", "quorum", "on_error", "stop"});
constexpr auto of_escalate = std::to_array<std::string_view>({"kind", "agreement_min", "quorum"});

using IsDefault = bool (*)(const Stage& stage);
constexpr std::pair<std::string_view, IsDefault> members[] = {
    {"agents", [](const Stage& stage) { return stage.agents.empty(); }},
    {"samples", [](const Stage& stage) { return stage.samples == Stage{}.samples; }},
    {"quorum", [](const Stage& stage) { return stage.quorum == Stage{}.quorum; }},
    {"on_error", [](const Stage& stage) { return stage.on_error == Stage{}.on_error; }},
    {"stop", [](const Stage& stage) { return stage.stop == Stage{}.stop; }},
    {"rule", [](const Stage& stage) { return stage.rule == Stage{}.rule; }},
    {"confidence", [](const Stage& stage) { return stage.confidence == Stage{}.confidence; }},
    {"agreement_min", [](const Stage& stage) { return stage.agreement_min == Stage{}.agreement_min; }},
    {"plugin", [](const Stage& stage) { return stage.plugin.empty(); }},
};

}  // namespace

std::span<const std::string_view> members_read_by(const Stage& stage) {
  switch (stage.kind) {
    case StageKind::propose:
      return of_propose;
    case StageKind::exchange:
    case StageKind::revise:
      return of_answering_anew;
    case StageKind::critique:
    case StageKind::aggregate:
      return of_asking;
    case StageKind::verify:
      return of_verify;
    case StageKind::score:
      return of_score;
    case StageKind::vote:
      if (stage.rule == VoteRule::ranked) return of_ranked_vote;
      return of_vote;
    case StageKind::escalate:
      return of_escalate;
  }
  return {};
}

std::string words_of_kind(const Stage& stage) {
  const std::string kind = "a stage " + std::string(to_word(stage.kind));
  if (stage.kind != StageKind::vote) return kind;
  return kind + (stage.rule == VoteRule::ranked ? " that is ranked" : " that is not ranked");
}

std::vector<std::string_view> members_by_default(const Stage& stage) {
  std::vector<std::string_view> names;
  for (const auto& [name, is_default] : members)
    if (is_default(stage)) names.push_back(name);
  return names;
}

}  // namespace orc
