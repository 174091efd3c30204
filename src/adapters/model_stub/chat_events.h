#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "domain/time.h"

namespace orc {

struct StubUsage {
  std::int64_t in = 0;
  std::int64_t out = 0;
};

// ChatEvents writes one answer as OpenAI's API does: as a chat.completion, or as the server-sent events of a stream.
class ChatEvents {
 public:
  ChatEvents(std::uint64_t number, Timestamp created, std::string_view model);

  // A whole answer. `finish` is "stop" or "length".
  std::string whole(std::string_view text, std::string_view finish, StubUsage usage) const;

  // The events of a stream, each with the blank line behind it.
  void append_token(std::string& out, std::string_view token) const;
  void append_finish(std::string& out, std::string_view finish) const;
  void append_usage(std::string& out, StubUsage usage) const;
  static void append_done(std::string& out);

 private:
  std::string front_of(std::string_view object) const;

  const std::uint64_t number_;
  const Timestamp created_;
  const std::string model_;
  const std::string chunk_front_;  // what all events of the stream begin with, written once
};

// {"error": {"message": …, "type": …}}, as that API refuses.
std::string chat_error(std::string_view message, std::string_view type);

// The answer to GET /v1/models.
std::string model_list(std::span<const std::string> models, Timestamp created);

}  // namespace orc
