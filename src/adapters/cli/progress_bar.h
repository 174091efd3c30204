#pragma once

#include <chrono>
#include <cstdint>
#include <iosfwd>
#include <string>
#include <string_view>

#include "adapters/cli/terminal.h"

namespace orc {

// ProgressBar shows on one line of the error output how far long work is; without a terminal it shows nothing.
class ProgressBar {
 public:
  ProgressBar(std::ostream& err, const Terminal& terminal, std::string work, std::int64_t total);
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;
  // Takes the line away.
  ~ProgressBar();

  // `note` stands behind the figures, e.g. "3 failed".
  void show(std::int64_t done, std::string_view note);

 private:
  std::ostream& err_;
  const Terminal terminal_;
  const std::string work_;
  const std::int64_t total_;
  const std::chrono::steady_clock::time_point started_;
  std::chrono::steady_clock::time_point drawn_{};
};

}  // namespace orc
