#include "adapters/sandbox/progress_lines.h"

#include <algorithm>
#include <utility>

#include "adapters/json/json_document.h"
#include "adapters/sandbox/captured_log.h"
#include "domain/whole_characters.h"

namespace orc {
namespace {

constexpr std::chrono::seconds second_length{1};

}  // namespace

std::optional<Progress> ProgressLines::judge(std::string_view line) {
  const auto document = JsonDocument::parse(line, {.bytes_max = line_bytes_max});
  const auto number = document && document->root().is_object() ? document->root().find("progress") : std::nullopt;
  const auto fraction = number ? number->as_double() : std::nullopt;
  if (!fraction || *fraction < 0 || *fraction > 1) {
    ++malformed_;
    return {};
  }
  const auto said = document->root().find("message");
  const auto message = said ? said->as_string() : std::nullopt;
  return Progress{.fraction = *fraction,
                  .message = std::string(whole_characters(well_formed(message.value_or("")), progress_message_bytes_max))};
}

void ProgressLines::take_line(std::string_view line, SteadyTime now, std::optional<Progress>& newest) {
  if (now - second_ >= second_length) {
    second_ = now;
    judged_ = 0;
  }
  if (judged_ == judged_in_a_second_max) {
    unjudged_.assign(line);
    return;
  }
  ++judged_;
  unjudged_.clear();
  if (auto progress = judge(line)) newest = std::move(progress);
}

std::optional<Progress> ProgressLines::add(std::string_view bytes, SteadyTime now) {
  std::optional<Progress> newest;
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, bytes.find('\n'));
    if (line_.size() + part.size() > line_bytes_max)
      line_is_too_long_ = true;
    else
      line_ += part;
    if (part.size() == bytes.size()) break;
    bytes.remove_prefix(part.size() + 1);
    if (line_is_too_long_)
      ++malformed_;
    else if (!line_.empty())
      take_line(line_, now, newest);
    line_.clear();
    line_is_too_long_ = false;
  }
  return newest;
}

std::optional<SteadyTime> ProgressLines::due() const { return unjudged_.empty() ? std::nullopt : std::optional(second_ + second_length); }

std::optional<Progress> ProgressLines::judge_late(SteadyTime now) {
  if (unjudged_.empty() || now < *due()) return {};
  std::optional<Progress> newest;
  take_line(std::exchange(unjudged_, {}), now, newest);
  return newest;
}

std::optional<Progress> ProgressLines::end() {
  std::optional<Progress> newest;
  if (!unjudged_.empty()) newest = judge(unjudged_);
  if (line_is_too_long_) ++malformed_;
  if (!line_is_too_long_ && !line_.empty())
    if (auto last = judge(line_)) newest = std::move(last);
  unjudged_.clear();
  line_.clear();
  return newest;
}

}  // namespace orc
