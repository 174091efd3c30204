#include "adapters/model_stub/stub_reply.h"

#include <algorithm>
#include <array>

namespace orc {
namespace {

constexpr std::array<std::string_view, 16> vocabulary = {"perhaps", "the",   "answer", "is",  "not", "what",   "it",     "seems",
                                                         "and",     "every", "step",   "has", "its", "reason", "behind", "it"};

std::string made_up_text(int tokens, StubDice& dice) {
  std::string text;
  for (int i = 0; i < tokens; ++i) (text += i == 0 ? "" : " ") += vocabulary[dice.pick(vocabulary.size())];
  return text;
}

std::int64_t count_tokens(std::string_view text) {
  std::int64_t count = 0;
  for (; !text.empty(); ++count) take_stub_token(text);
  return count;
}

std::string first_tokens(std::string_view text, std::int64_t count) {
  std::string_view rest = text;
  for (std::int64_t i = 0; i < count; ++i) take_stub_token(rest);
  return std::string(text.substr(0, text.size() - rest.size()));
}

std::chrono::microseconds times(double factor, double seconds) {
  return std::chrono::microseconds(static_cast<std::int64_t>(factor * seconds * 1e6));
}

}  // namespace

std::string_view take_stub_token(std::string_view& text) {
  const std::size_t blank = std::min(text.find(' '), text.size());
  const std::size_t end = std::min(text.find_first_not_of(' ', blank), text.size());
  const std::string_view token = text.substr(0, end);
  text.remove_prefix(end);
  return token;
}

StubReply decide_reply(const StubSettings& settings, const RecordedAnswers& recorded, const ChatQuestion& question, StubDice dice) {
  StubReply reply;
  // Each throw is made for every question, so that one setting does not change the luck that another meets.
  const bool is_refused = dice.next() < settings.errors;
  const bool is_straggler = dice.next() < settings.stragglers;
  const bool is_broken = dice.next() < settings.breaks;
  for (const std::string& message : question.messages) reply.question_tokens += static_cast<std::int64_t>(message.size() + 3) / 4;
  if (is_refused) {
    reply.kind = StubReply::Kind::refusal;
    return reply;
  }
  reply.kind = is_broken ? StubReply::Kind::broken : StubReply::Kind::answer;
  const double slowness = is_straggler ? settings.straggler_factor : 1;
  reply.first_token = times(slowness, std::chrono::duration<double>(settings.first_token).count());
  if (settings.tokens_per_second > 0) reply.between = times(slowness, 1 / settings.tokens_per_second);

  reply.tokens = settings.tokens;
  if (settings.kind == StubSettings::Tokens::words) {
    const auto& answers = recorded.find(question.model, question.messages);
    reply.text = answers.empty() ? made_up_text(settings.tokens, dice) : answers[dice.pick(answers.size())];
    reply.tokens = count_tokens(reply.text);
  }
  if (question.tokens_max && reply.tokens > *question.tokens_max) {
    reply.tokens = *question.tokens_max;
    reply.text = first_tokens(reply.text, reply.tokens);
    reply.is_cut = true;
  }
  return reply;
}

}  // namespace orc
