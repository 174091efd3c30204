// What of WarmRuns looks after deadlines and memory.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "adapters/sandbox/warm_runs.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

// How often deadlines are looked at while something is in flight, and while nothing is.
constexpr auto sweep_busy = 100ms;
constexpr auto sweep_idle = 1s;
// A process that has come to hold so much of its limit is replaced once it serves nothing.
constexpr double memory_share_max = 0.8;

}  // namespace

// One timer for all deadlines, which are many and hardly ever met.
void WarmRuns::sweep() {
  const SteadyTime now = std::chrono::steady_clock::now();
  bool is_busy = false;
  for (const auto& [id, process] : processes_) {
    look_after(*process, now);
    is_busy |= !process->in_flight.empty() || !process->is_ready;
  }
  pump();
  sweeps_ = !processes_.empty();
  if (!sweeps_) return;
  sweeps_slowly_ = !is_busy;
  sweep_after(is_busy ? std::chrono::milliseconds(sweep_busy) : std::chrono::milliseconds(sweep_idle));
}

// A sweep that comes sooner than it must does no harm.
void WarmRuns::wake_sweep() {
  if (!std::exchange(sweeps_, true))
    sweep_after(sweep_busy);
  else if (std::exchange(sweeps_slowly_, false))
    sweep_timer_.cancel();
}

void WarmRuns::sweep_after(std::chrono::milliseconds delay) {
  sweep_timer_.expires_after(delay);
  sweep_timer_.async_wait([this, alive = parts_.keep_alive()](boost::system::error_code) { sweep(); });
}

void WarmRuns::others_hold(std::int64_t more_mb) {
  others_mb_ += more_mb;
  schedule_.others_hold(others_mb_);
  pump();
}

boost::asio::awaitable<void> WarmRuns::until_room() {
  while (schedule_.is_making_room()) {
    [[maybe_unused]] const auto [woken] = co_await room_.async_wait(boost::asio::as_tuple(boost::asio::use_awaitable));
  }
}

void WarmRuns::look_after(WarmProcess& process, SteadyTime now) {
  const auto grace = process.limits().grace;
  if (!process.has_said_ready) {
    const auto most = process.terms().start;
    if (process.started() && now - *process.started() > most)
      process.fail({.how = AttemptOutcome::timed_out,
                    .message = "the warm process was not ready within warm.start_seconds " + std::to_string(most.count()) +
                               R"(: it printed no {"ready": true} line (docs/plugins.md, Programs that stay up); )"
                               R"(a program that ends after one input is "mode": "once")"},
                   0ms);
    return;
  }
  if (now - process.memory_looked_at >= sweep_idle) {
    process.memory_looked_at = now;
    const auto most = static_cast<double>(process.limits().memory_mb << 20) * memory_share_max;
    if (static_cast<double>(process.held_bytes().value_or(0)) > most) schedule_.retire(process.id(), WarmEnd::memory, now);
  }
  for (const auto& [id, one] : process.in_flight) {
    if (one.let_go_until && now >= *one.let_go_until) {
      process.runs_again_without_blame = true;
      process.fail({.how = AttemptOutcome::cancelled, .message = "it ran a job that was cancelled"}, 0ms);
      return;
    }
    if (one.deadline > now) continue;
    const Request* const request = find(id);
    const auto seconds = request ? request->run.timeout.count() : 0;
    process.fail({.how = AttemptOutcome::timed_out, .message = "timed out after " + std::to_string(seconds) + " s"},
                 process.in_flight.size() == 1 ? std::chrono::milliseconds(grace) : 0ms);
    return;
  }
}

}  // namespace orc
