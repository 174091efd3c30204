#include "adapters/sandbox/captured_log.h"

#include <algorithm>
#include <iterator>

#include "adapters/json/utf8.h"

namespace orc {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";
constexpr std::string_view white_space = " \t\r\n";

// The bytes at the end that are the beginning of a character whose rest is still to come; at most three.
std::string take_begun_character(std::string& line) {
  std::size_t begin = line.size();
  while (begin > 0 && line.size() - begin < 3 && (static_cast<unsigned char>(line[begin - 1]) & 0xC0) == 0x80) --begin;
  if (begin == 0) return {};
  const auto lead = static_cast<unsigned char>(line[begin - 1]);
  const std::size_t wanted = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
  if (line.size() - (begin - 1) >= wanted) return {};
  std::string begun = line.substr(begin - 1);
  line.resize(begin - 1);
  return begun;
}

}  // namespace

std::string well_formed(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size());
  while (!bytes.empty()) {
    const std::size_t size = bytes.front() == '\0' ? 0 : utf8_sequence_size(bytes);
    if (size == 0) {
      text += replacement;
      bytes.remove_prefix(1);
    } else {
      text += bytes.substr(0, size);
      bytes.remove_prefix(size);
    }
  }
  return text;
}

void LogEnd::add(std::string_view bytes) {
  bytes_ += bytes.substr(bytes.size() - std::min(bytes.size(), bytes_max));
  if (bytes_.size() > 2 * bytes_max) bytes_.erase(0, bytes_.size() - bytes_max);
}

std::string LogEnd::text() const {
  std::string_view last = bytes_;
  last.remove_prefix(last.size() - std::min(last.size(), bytes_max));
  // The cut may have gone through a character.
  while (last.size() < bytes_.size() && !last.empty() && (static_cast<unsigned char>(last.front()) & 0xC0) == 0x80) last.remove_prefix(1);
  std::string text = well_formed(last);
  if (text.size() > bytes_max) {
    std::size_t cut = text.size() - bytes_max;
    while (cut < text.size() && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) ++cut;
    text.erase(0, cut);
  }
  text.erase(text.find_last_not_of(white_space) + 1);
  text.erase(0, text.find_first_not_of(white_space));
  return text;
}

void CapturedLog::finish_line(Timestamp now) {
  LogLine line{.n = ++lines_, .t = now, .stream = stream_, .text = well_formed(line_)};
  line_.clear();
  begun_ = now;
  const std::size_t bytes = line.text.size() + line_cost;
  if (tail_.empty() && head_bytes_ + bytes <= head_bytes_max) {
    head_bytes_ += bytes;
    head_.push_back(std::move(line));
    return;
  }
  if (tail_.empty()) head_.push_back({.n = line.n, .t = now, .stream = LogStream::err, .text = std::string(log_is_full)});
  tail_bytes_ += bytes;
  tail_.push_back(std::move(line));
  while (tail_bytes_ > tail_bytes_max && tail_.size() > 1) {
    tail_bytes_ -= tail_.front().text.size() + line_cost;
    tail_.pop_front();
    is_cut_ = true;
  }
}

// A bar is told as it goes, in a line a second at most; nothing of it is lost. Carriage returns before a newline end a line together with
// it, which is seen once more has come than them.
void CapturedLog::part_redrawn(std::string_view& bytes, Timestamp now) {
  if (line_.empty() || now - begun_ < redrawn_for) return;
  const std::size_t words = line_.find_last_not_of('\r') + 1;
  const bool is_behind = words < line_.size();
  const std::size_t end = is_behind ? 0 : bytes.find('\r');
  const std::size_t next = bytes.find_first_not_of('\r', std::min(end, bytes.size()));
  if (next == std::string_view::npos || bytes[next] == '\n' || bytes.substr(0, end).contains('\n')) return;
  if (line_.size() + end > line_bytes_max) return;  // it is cut anyway
  const std::string returns = line_.substr(words);
  line_.resize(words);
  line_ += bytes.substr(0, end);
  bytes.remove_prefix(end);
  if (!line_.empty()) finish_line(now);
  line_ = returns;
  begun_ = now;
}

void CapturedLog::add(std::string_view bytes, Timestamp now, LogStream stream) {
  if (stream != stream_ && !line_.empty()) finish_line(now);
  stream_ = stream;
  end_.add(bytes);
  part_redrawn(bytes, now);
  while (!bytes.empty()) {
    if (line_.empty()) begun_ = now;
    const std::string_view part = bytes.substr(0, std::min(bytes.find('\n'), line_bytes_max - line_.size()));
    line_ += part;
    bytes.remove_prefix(part.size());
    const bool ended = !bytes.empty() && bytes.front() == '\n';
    if (ended) bytes.remove_prefix(1);
    if (ended) {
      finish_line(now);
    } else if (line_.size() == line_bytes_max) {
      std::string begun = take_begun_character(line_);
      finish_line(now);
      line_ = std::move(begun);
    }
  }
}

std::vector<LogLine> CapturedLog::take(Timestamp now) {
  if (!line_.empty()) finish_line(now);
  std::vector<LogLine> lines = std::move(head_);
  if (!tail_.empty()) {
    const std::int64_t first_kept = tail_.front().n;
    const auto left_out = first_kept - std::ssize(lines);  // one of them is ours
    if (left_out > 0)
      lines.push_back(
          {.n = 0, .t = tail_.front().t, .stream = LogStream::err, .text = "… " + std::to_string(left_out) + " lines left out …"});
    std::ranges::move(tail_, std::back_inserter(lines));
  }
  std::int64_t n = 0;
  for (LogLine& line : lines) line.n = ++n;
  return lines;
}

}  // namespace orc
