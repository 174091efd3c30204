#include "adapters/openai/sse_lines.h"

namespace orc {
namespace {

constexpr std::string_view field = "data:";

// False if nothing more is wanted.
bool give(std::string_view line, const std::function<bool(std::string_view)>& take) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (!line.starts_with(field)) return true;
  line.remove_prefix(field.size());
  if (line.starts_with(' ')) line.remove_prefix(1);
  return take(line);
}

}  // namespace

Result<void> SseLines::feed(std::string_view bytes, const std::function<bool(std::string_view)>& take) {
  total_ += bytes.size();
  if (total_ > answer_bytes_max)
    return fail(ErrorCode::resource_exhausted, "the model's answer is longer than " + std::to_string(answer_bytes_max) + " bytes");
  while (!bytes.empty()) {
    const std::size_t end = bytes.find('\n');
    const std::string_view part = bytes.substr(0, end);
    if (rest_.size() + part.size() > stream_line_bytes_max)
      return fail(ErrorCode::resource_exhausted,
                  "a line of the model's answer is longer than " + std::to_string(stream_line_bytes_max) + " bytes");
    if (end == std::string_view::npos) {
      rest_ += part;
      return {};
    }
    bytes.remove_prefix(end + 1);
    bool goes_on = true;
    if (rest_.empty()) {
      goes_on = give(part, take);
    } else {
      rest_ += part;
      goes_on = give(rest_, take);
      rest_.clear();
    }
    if (!goes_on) return {};
  }
  return {};
}

}  // namespace orc
