#pragma once

#include <algorithm>
#include <cstddef>
#include <ostream>
#include <string>

namespace orc {

// RedrawnText is lines on a terminal that take the place of those before them, and go at its end. No line may be wider than the terminal,
// and there may be no more of them than its height less one: nobody can move above its top.
class RedrawnText {
 public:
  explicit RedrawnText(std::ostream& terminal) : terminal_(terminal) {}
  RedrawnText(const RedrawnText&) = delete;
  RedrawnText& operator=(const RedrawnText&) = delete;
  ~RedrawnText() { clear(); }

  // `text` ends with a line feed.
  void show(const std::string& text) {
    clear();
    terminal_ << text << std::flush;
    lines_ = std::ranges::count(text, '\n');
  }
  void clear() {
    if (lines_ > 0) terminal_ << "\x1b[" << lines_ << "A\x1b[J" << std::flush;
    lines_ = 0;
  }

 private:
  std::ostream& terminal_;
  std::ptrdiff_t lines_ = 0;
};

}  // namespace orc
