#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "adapters/http/http_grammar.h"
#include "adapters/http/http_limits.h"

namespace orc {

// ChunkedBodyReader removes the chunked coding (RFC 9112 section 7.1) from bytes that arrive in any slices.
// Extensions and trailer fields are checked, bounded and dropped. A new object per body.
class ChunkedBodyReader {
 public:
  // `limits` must outlive the reader. More than `body_max` decoded bytes are refused with 413.
  ChunkedBodyReader(const HttpServerLimits& limits, std::uint64_t body_max) : limits_(limits), body_max_(body_max) {}

  // Decodes from the front of `bytes` onto `body`; returns how many bytes it used: all of them unless the body ended.
  // After a refusal the reader must not be used any more.
  std::expected<std::size_t, HttpRefusal> read(std::string_view bytes, std::string& body);
  [[nodiscard]] bool finished() const { return state_ == State::finished; }

 private:
  enum class State : std::uint8_t {
    size,
    extension,
    size_newline,
    content,
    content_return,
    content_newline,
    trailer,
    trailer_newline,
    finished
  };

  std::expected<void, HttpRefusal> read_framing_byte(char byte, std::uint64_t body_size);
  std::expected<void, HttpRefusal> read_size_byte(char byte);
  std::expected<void, HttpRefusal> read_trailer_byte(char byte);
  std::expected<void, HttpRefusal> end_size_line(std::uint64_t body_size);

  const HttpServerLimits& limits_;
  const std::uint64_t body_max_;
  State state_ = State::size;
  std::uint64_t chunk_left_ = 0;
  int size_digits_ = 0;
  std::size_t line_size_ = 0;  // of the present chunk-size line
  std::size_t overhead_ = 0;   // of all chunk-size lines so far
  std::size_t trailer_size_ = 0;
  std::string trailer_line_;
};

}  // namespace orc
