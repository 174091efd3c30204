#include "adapters/sandbox/warm_usage.h"

#include <algorithm>

namespace orc {
namespace {

using std::chrono::milliseconds;

// Since the process began, so that what is cut off of one request is the next one's: of many short ones the sum is right.
milliseconds whole(std::chrono::steady_clock::duration time) { return std::chrono::duration_cast<milliseconds>(time); }

}  // namespace

void WarmUsage::count_with(UsageMeter* meter) {
  if (meter_ != nullptr) last_ = {.cpu = meter_->cpu_time(), .peak_bytes = meter_->peak_bytes()};
  meter_ = meter;
}

void WarmUsage::ended_with(std::optional<milliseconds> cpu, std::optional<std::int64_t> peak_bytes) {
  meter_ = nullptr;
  last_ = {.cpu = cpu, .peak_bytes = peak_bytes};
}

void WarmUsage::sent(WarmRequestId request) {
  alone_.reset();
  if (in_process_++ > 0) return;
  alone_ = request;
  cpu_before_ = meter_ != nullptr ? meter_->cpu_time() : std::nullopt;
  if (meter_ != nullptr) meter_->forget_peak();
}

Usage WarmUsage::took(WarmRequestId request, SteadyTime sent, SteadyTime now) {
  --in_process_;
  Usage usage{.cpu = {}, .peak_bytes = {}, .wall = whole(now - started_) - whole(sent - started_)};
  if (alone_ != request) return usage;
  alone_.reset();
  const Reading after = meter_ != nullptr ? Reading{.cpu = meter_->cpu_time(), .peak_bytes = meter_->peak_bytes()} : last_;
  if (after.cpu && cpu_before_) usage.cpu = std::max(*after.cpu - *cpu_before_, milliseconds{0});
  usage.peak_bytes = after.peak_bytes;
  return usage;
}

}  // namespace orc
