#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/result.h"

namespace orc {

// What a ModelStub takes of a request to POST /v1/chat/completions (https://platform.openai.com/docs/api-reference/chat); whatever else a
// client says is accepted and does nothing, as with a server that does not know it.
struct ChatQuestion {
  std::string model;
  std::vector<std::string> messages;  // their texts, in order
  std::optional<std::int64_t> tokens_max;
  enum class Delivery : std::uint8_t { whole, streamed } delivery = Delivery::whole;
  bool wants_usage = false;  // at the end of a stream
};

// Errors: invalid_argument, naming the field.
Result<ChatQuestion> read_chat_question(std::string_view body);

}  // namespace orc
