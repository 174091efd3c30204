#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/job/run_report.h"
#include "domain/time.h"

namespace orc {

// ProgressLines reads what a plugin writes to its descriptor 3: a line {"progress": 0..1, "message": "..."} whenever it likes. Bounded in
// memory and work whatever comes: of more lines than are judged in a second only the newest counts, once the second is over. A message that
// is too long is cut. Not thread-safe.
class ProgressLines {
 public:
  static constexpr std::size_t line_bytes_max = 4 * 1024;
  static constexpr int judged_in_a_second_max = 100;

  // The newest progress that `bytes` bring, if any.
  std::optional<Progress> add(std::string_view bytes, SteadyTime now);

  // When the newest line, which came beyond what is judged in a second, may be judged; empty: it has been.
  std::optional<SteadyTime> due() const;
  // Judges it, if it is due.
  std::optional<Progress> judge_late(SteadyTime now);

  // What has come ends here: the newest line that was not judged yet.
  std::optional<Progress> end();

  // Lines that were looked at and were no progress: other JSON, a number outside 0..1, none at all, too long.
  std::int64_t malformed() const { return malformed_; }

 private:
  void take_line(std::string_view line, SteadyTime now, std::optional<Progress>& newest);
  std::optional<Progress> judge(std::string_view line);

  std::string line_;  // the unfinished one
  bool line_is_too_long_ = false;
  std::string unjudged_;  // the newest finished one that came beyond what is judged in a second
  SteadyTime second_{};   // when the present one began
  int judged_ = 0;        // in it
  std::int64_t malformed_ = 0;
};

}  // namespace orc
