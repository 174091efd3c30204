#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string_view>
#include <vector>

#include "adapters/http/http_grammar.h"
#include "adapters/http/http_limits.h"
#include "adapters/http/http_message.h"

namespace orc {

// How the body of a request ends, and what its head asks of the connection.
struct RequestFraming {
  enum class Body : std::uint8_t { none, length, chunked };
  enum class After : std::uint8_t { keep_alive, close };
  enum class Expectation : std::uint8_t { none, go_ahead };  // "100-continue"
  Body body = Body::none;
  std::uint64_t length = 0;  // if Body::length
  After after = After::keep_alive;
  Expectation expectation = Expectation::none;
};

// RequestHeadReader finds and reads one header block in bytes that arrive in any slices, once each: a slow sender costs no more than a fast
// one. It is the only reader of framing in the server; docs/decisions/http_server.md has the reasons for every refusal.
class RequestHeadReader {
 public:
  // `limits` must outlive the reader.
  explicit RequestHeadReader(const HttpServerLimits& limits) : limits_(limits) {}

  // Looks for the end of the block in `bytes`, all that came so far since the last reset(). True if it is complete: then size() is
  // its size. Refused at once, complete or not: a line that does not end with CR LF, and a limit that is passed.
  std::expected<bool, HttpRefusal> scan(std::string_view bytes);
  [[nodiscard]] std::size_t size() const { return scanned_; }

  // Reads the complete block that scan() found into `head` (method, target, path, query, headers, minor_version).
  // Precondition: scan() returned true for the same bytes.
  std::expected<RequestFraming, HttpRefusal> read(std::string_view bytes, HttpRequestHead& head) const;

  void reset();

 private:
  std::expected<void, HttpRefusal> check_limits(std::size_t arrived) const;

  const HttpServerLimits& limits_;
  std::size_t scanned_ = 0;             // bytes that belong to whole lines
  std::vector<std::size_t> line_ends_;  // offset of each line's CR
  bool skipped_empty_line_ = false;
};

}  // namespace orc
