#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>

namespace orc::simulation {

// Trace is what happened in one run: always as one number, which is the same if and only if the same things happened, and on demand as
// the last lines of text.
class Trace {
 public:
  enum class Text : std::uint8_t { none, last_lines };
  explicit Trace(Text text) : text_(text) {}

  void note(std::chrono::milliseconds at, std::string_view who, std::string_view what, std::int64_t a = -1, std::int64_t b = -1) {
    mix(static_cast<std::uint64_t>(at.count()));
    for (const char sign : what) mix(static_cast<unsigned char>(sign));
    mix(static_cast<std::uint64_t>(a));
    mix(static_cast<std::uint64_t>(b));
    if (text_ == Text::none) return;
    if (lines_.size() == lines_max) lines_.pop_front();
    std::string line = std::to_string(at.count()) + " ms  " + std::string(who) + "  " + std::string(what);
    if (a >= 0) line += " " + std::to_string(a);
    if (b >= 0) line += " / " + std::to_string(b);
    lines_.push_back(std::move(line));
  }

  bool has_text() const { return text_ != Text::none; }
  std::uint64_t number() const { return number_; }
  const std::deque<std::string>& lines() const { return lines_; }

 private:
  static constexpr std::size_t lines_max = 250;

  // FNV-1a.
  void mix(std::uint64_t value) { number_ = (number_ ^ value) * 0x100000001b3; }

  const Text text_;
  std::uint64_t number_ = 0xcbf29ce484222325;
  std::deque<std::string> lines_;
};

}  // namespace orc::simulation
