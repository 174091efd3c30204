#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/model_stub/chat_question.h"
#include "adapters/model_stub/recorded_answers.h"
#include "adapters/model_stub/stub_dice.h"
#include "adapters/model_stub/stub_settings.h"

namespace orc {

// What one question gets, and when. Times count from the question. A value.
struct StubReply {
  enum class Kind : std::uint8_t { answer, refusal, broken };  // broken: an answer of which half comes
  Kind kind = Kind::answer;
  std::string text;                  // of an answer; empty where each token is a stamp
  std::int64_t tokens = 0;           // of the answer
  bool is_cut = false;               // by max_tokens
  std::int64_t question_tokens = 0;  // about a quarter of its bytes
  std::chrono::microseconds first_token{0};
  std::chrono::microseconds between{0};  // two tokens

  std::chrono::microseconds due(std::int64_t token) const { return first_token + token * between; }
};

// Decides by the settings, the records and one question's dice.
StubReply decide_reply(const StubSettings& settings, const RecordedAnswers& recorded, const ChatQuestion& question, StubDice dice);

// Takes the next token off the front of `text`: a word with the blanks behind it.
std::string_view take_stub_token(std::string_view& text);

}  // namespace orc
