#include "adapters/cli/progress_bar.h"

#include <algorithm>
#include <ostream>

namespace orc {
namespace {

constexpr std::int64_t bar_width = 24;
constexpr std::chrono::milliseconds redraw_after{80};

}  // namespace

ProgressBar::ProgressBar(std::ostream& err, const Terminal& terminal, std::string work, std::int64_t total)
    : err_(err), terminal_(terminal), work_(std::move(work)), total_(total), started_(std::chrono::steady_clock::now()) {}

ProgressBar::~ProgressBar() {
  if (terminal_.err_is_terminal) err_ << "\r\x1b[K" << std::flush;
}

void ProgressBar::show(std::int64_t done, std::string_view note) {
  if (!terminal_.err_is_terminal) return;
  const auto now = std::chrono::steady_clock::now();
  if (done < total_ && now - drawn_ < redraw_after) return;
  drawn_ = now;
  const std::int64_t filled = total_ > 0 ? std::clamp<std::int64_t>(done * bar_width / total_, 0, bar_width) : bar_width;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now - started_).count();
  std::string line = work_ + " [" + std::string(static_cast<std::size_t>(filled), '#') +
                     std::string(static_cast<std::size_t>(bar_width - filled), '.') + "] " + std::to_string(done) + "/" +
                     std::to_string(total_) + "  " + std::to_string(seconds) + " s";
  if (!note.empty()) line.append("  ").append(note);
  err_ << "\r" << cut_to(line, terminal_.width - 1) << "\x1b[K" << std::flush;
}

}  // namespace orc
