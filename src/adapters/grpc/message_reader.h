#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

#include "adapters/grpc/grpc_status.h"

namespace orc {

// The codings of messages that we speak.
enum class GrpcEncoding : std::uint8_t { identity, gzip };

// MessageReader takes the messages out of a request's bytes: each is a flag, a length of four bytes and so many bytes ("gRPC over
// HTTP2", Length-Prefixed-Message). A length promises nothing: memory grows with the bytes that come. Not thread-safe.
class MessageReader {
 public:
  // A message, unpacked, may have `message_max` bytes.
  MessageReader(GrpcEncoding encoding, std::size_t message_max) : encoding_(encoding), message_max_(message_max) {}

  // Appends each message that `bytes` complete to `messages`. Errors, after which it is not called again: resource_exhausted, as soon as
  // a length says so or what unpacks grows too large; internal, for a flag that is none, one without a coding, or what does not unpack.
  GrpcResult<void> read(std::string_view bytes, std::deque<std::string>& messages);

  // Whether no part of a message is waiting for the rest.
  [[nodiscard]] bool is_between_messages() const { return head_size_ == 0; }
  // What the unfinished message holds in memory.
  [[nodiscard]] std::size_t held() const { return message_.capacity(); }

 private:
  [[nodiscard]] GrpcResult<void> begin_message();
  [[nodiscard]] GrpcResult<std::string> finish_message();

  const GrpcEncoding encoding_;
  const std::size_t message_max_;
  std::array<unsigned char, 5> head_{};
  std::size_t head_size_ = 0;  // of head_, as far as it came
  std::size_t length_ = 0;     // of the message that is coming
  std::string message_;
};

// `message` with flag and length before it; packed if `encoding` says so.
void append_message(std::string& out, std::string_view message, GrpcEncoding encoding);

}  // namespace orc
