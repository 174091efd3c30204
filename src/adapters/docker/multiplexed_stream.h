#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>

#include "domain/job/attempt.h"
#include "domain/result.h"

namespace orc {

// MultiplexedStream parts what a container without a terminal writes into its two outputs. Docker puts a header of eight bytes before each
// piece: the stream (1 or 2), three zeros, the length, most significant byte first (Engine API, "Attach to a container"). Keeps nothing but
// an unfinished header. Not thread-safe.
class MultiplexedStream {
 public:
  // `take` is told the pieces in order, each as soon as some of it is there.
  explicit MultiplexedStream(std::function<void(LogStream, std::string_view)> take) : take_(std::move(take)) {}

  // Errors: unavailable, if the bytes cannot come from such a stream. It is of no use after that.
  Result<void> add(std::string_view bytes);

  // Whether the stream may end here.
  bool is_between_pieces() const { return header_bytes_ == 0 && left_ == 0; }

 private:
  std::function<void(LogStream, std::string_view)> take_;
  std::array<unsigned char, 8> header_{};
  std::size_t header_bytes_ = 0;  // of the header so far
  std::uint32_t left_ = 0;        // of the piece
  LogStream stream_ = LogStream::out;
};

}  // namespace orc
