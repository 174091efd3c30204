#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/job/attempt.h"

namespace orc {

// LogEnd keeps the last of what a program writes. Not thread-safe.
class LogEnd {
 public:
  static constexpr std::size_t bytes_max = 4 * 1024;

  void add(std::string_view bytes);
  void clear() { bytes_.clear(); }

  // At most bytes_max, well-formed, without white space around it.
  std::string text() const;

 private:
  std::string bytes_;  // up to twice bytes_max
};

// The last line that is told of a log while its run goes on, where the log is longer than that.
inline constexpr std::string_view log_is_full =
    "… the log is full here: of what follows the last lines are told when the run has ended, and how many are left out …";

// CapturedLog makes lines of what a plugin writes to standard error and keeps a bounded part of them: the first half megabyte and the last.
// Lines are well-formed UTF-8: other bytes become U+FFFD. A line longer than the limit is cut into several, and so is one that is redrawn:
// what stands before a carriage return is a line of its own once it is a second old. Not thread-safe.
class CapturedLog {
 public:
  static constexpr std::size_t head_bytes_max = 512 * 1024;
  static constexpr std::size_t tail_bytes_max = 512 * 1024;
  static constexpr std::size_t line_bytes_max = 64 * 1024;
  static constexpr std::size_t line_cost = 32;  // what even an empty line counts for
  static constexpr std::chrono::seconds redrawn_for{1};

  // What another stream had begun is a line of its own.
  void add(std::string_view bytes, Timestamp now, LogStream stream);

  // The lines that will be kept whatever comes: the first ones of what take() will give, with their numbers; where more came, log_is_full
  // is the last of them. Until the next add().
  std::span<const LogLine> head() const { return head_; }

  // Ends the last line, and gives all that was kept; one line says how many were left out between.
  std::vector<LogLine> take(Timestamp now);

  std::string end() const { return end_.text(); }

  // Whether more came than is kept.
  bool is_cut() const { return is_cut_; }

 private:
  void finish_line(Timestamp now);
  void part_redrawn(std::string_view& bytes, Timestamp now);

  std::vector<LogLine> head_;
  std::deque<LogLine> tail_;
  std::size_t head_bytes_ = 0;
  std::size_t tail_bytes_ = 0;
  std::int64_t lines_ = 0;             // ever
  std::string line_;                   // the unfinished one
  Timestamp begun_{};                  // when it was
  LogStream stream_ = LogStream::err;  // its stream
  bool is_cut_ = false;
  LogEnd end_;
};

// `bytes` with everything that is not well-formed UTF-8 replaced by U+FFFD, and without U+0000.
std::string well_formed(std::string_view bytes);

}  // namespace orc
