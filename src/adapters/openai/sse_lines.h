#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "domain/result.h"

namespace orc {

inline constexpr std::size_t stream_line_bytes_max = 256 * 1024;
inline constexpr std::size_t answer_bytes_max = 8 * 1024 * 1024;  // of a whole reply, framing included (attacks.md, L6)

// SseLines takes server-sent events apart (WHATWG HTML, section 9.2.6) as far as chat completions use them: gives the text of each "data:"
// line, in slices as they arrive. A new object for each reply.
class SseLines {
 public:
  // Gives each complete line's data to `take`, until it says false. Errors: resource_exhausted, if a line or the reply is too long.
  Result<void> feed(std::string_view bytes, const std::function<bool(std::string_view)>& take);

 private:
  std::string rest_;  // of a line that has not ended
  std::size_t total_ = 0;
};

}  // namespace orc
