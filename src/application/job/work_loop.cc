#include "application/job/work_loop.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "domain/assert.h"

namespace orc {
namespace {

constexpr std::chrono::seconds poll_interval{5};        // a lost hint costs at most this
constexpr std::chrono::seconds pause_after_failure{1};  // when the store is away

}  // namespace

void WorkLoop::start(const WorkerRegistration& registration) {
  ORC_ASSERT(!looping_ && slots_ > 0);
  looping_ = true;
  boost::asio::co_spawn(executor_, loop(registration), boost::asio::detached);
}

boost::asio::awaitable<void> WorkLoop::loop(const WorkerRegistration& registration) {
  while (!stopping_) {
    const int free = slots_ - running();
    if (free == 0) {
      co_await pause(ports_.clock.steady_now() + poll_interval);
      continue;
    }
    auto claim = co_await ports_.store.claim(registration.id(), free);
    if (!claim) {
      ports_.log.warn("jobs could not be claimed", {{"reason", claim.error().message}});
      co_await pause(ports_.clock.steady_now() + pause_after_failure);
      continue;
    }
    const bool is_drained = static_cast<int>(claim->jobs.size()) < free;
    const SteadyTime until = next_look(*claim);
    for (ClaimedJob& job : claim->jobs) {
      running_.push_back({.job = job.id, .fence = job.fence});
      boost::asio::co_spawn(executor_, run_one(std::move(job)), boost::asio::detached);
    }
    if (is_drained) co_await pause(until);
  }
  looping_ = false;
  ports_.signals.work_arrived();  // wait() may be waiting for us
}

// The hint of request_stop() may have come while nobody waited, and somebody else may have taken it.
boost::asio::awaitable<void> WorkLoop::pause(SteadyTime until) {
  if (!stopping_) co_await ports_.signals.wait_for_work(until);
}

SteadyTime WorkLoop::next_look(const Claim& claim) const {
  const SteadyTime now = ports_.clock.steady_now();
  if (!claim.next_due) return now + poll_interval;
  const auto until_due = std::max(*claim.next_due - ports_.clock.now(), std::chrono::milliseconds{1});
  return now + std::min<SteadyTime::duration>(until_due, poll_interval);
}

boost::asio::awaitable<void> WorkLoop::run_one(ClaimedJob job) {
  const JobId id = job.id;
  const Fence fence = job.fence;
  const int attempt = job.attempt;
  const auto status = co_await run_job_.run(std::move(job));
  const auto outcome = status ? to_word(*status) : std::string_view("dropped");
  ports_.log.write(LogLevel::info, "attempt ended",
                   {{"job_id", std::to_underlying(id)},
                    {"attempt", std::int64_t{attempt}},
                    {"status", outcome},
                    {"reason", status ? std::string_view() : status.error().message}});
  std::erase_if(running_, [&](const Running& r) { return r.job == id && r.fence == fence; });
  ports_.signals.work_arrived();  // a slot is free
}

void WorkLoop::request_stop() {
  stopping_ = true;
  ports_.signals.work_arrived();
}

boost::asio::awaitable<void> WorkLoop::wait(SteadyTime deadline) {
  while (looping_ || !running_.empty()) {
    const bool is_over = ports_.clock.steady_now() >= deadline;
    if (is_over) {
      run_job_.request_stop();
      // On every turn: a run that was only being prepared is not in the cluster's hands yet.
      const auto left = running_;
      for (const Running& run : left) ports_.cluster.cancel(run.job, run.fence);
    }
    const SteadyTime soon = ports_.clock.steady_now() + std::chrono::milliseconds{50};
    co_await ports_.signals.wait_for_work(is_over ? soon : std::min(deadline, ports_.clock.steady_now() + poll_interval));
  }
}

}  // namespace orc
