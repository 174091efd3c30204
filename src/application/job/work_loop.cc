#include "application/job/work_loop.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "domain/assert.h"

namespace orc {
namespace {

constexpr std::chrono::seconds patience{20};            // of one claim that waits for work
constexpr std::chrono::seconds pause_after_failure{1};  // when the source is away
constexpr std::chrono::seconds look_around{5};          // a wake-up comes before, as a rule

double milliseconds(SteadyTime::duration time) {
  return static_cast<double>(std::chrono::duration_cast<std::chrono::microseconds>(time).count()) / 1000.0;
}

}  // namespace

void WorkLoop::start(const WorkerRegistration& registration) {
  ORC_ASSERT(!looping_ && slots_ > 0);
  looping_ = true;
  boost::asio::co_spawn(executor_, loop(registration), boost::asio::detached);
}

boost::asio::awaitable<void> WorkLoop::loop(const WorkerRegistration& registration) {
  while (!stop_.stop_requested()) {
    const int free = slots_ - static_cast<int>(held_.size());
    const SteadyTime now = ports_.clock.steady_now();
    if (free == 0) {
      co_await slot_is_free_->wait(now + look_around);
      continue;
    }
    const WorkerId worker = registration.id();
    auto claimed = co_await ports_.source.claim(worker, free, now + patience, stop_.get_token());
    if (!claimed) {
      ports_.log.warn("jobs could not be claimed", {{"reason", claimed.error().message}});
      co_await slot_is_free_->wait(ports_.clock.steady_now() + pause_after_failure);
      continue;
    }
    for (Assignment& job : *claimed) {
      held_.push_back(job.run);
      boost::asio::co_spawn(executor_, run_one(worker, std::move(job)), boost::asio::detached);
    }
  }
  looping_ = false;
  run_has_ended_->wake();
}

boost::asio::awaitable<void> WorkLoop::run_one(WorkerId worker, Assignment job) {
  const RunName name = job.run;
  const int attempt = job.attempt;
  const std::string plugin = job.version.name;
  const SteadyTime begin = ports_.clock.steady_now();
  const auto end = co_await run_job_.run(worker, std::move(job));
  // What a plugin says of its failure stands in its job: it may hold what is nobody else's business.
  ports_.log.info("attempt ended", {{"job_id", std::to_underlying(name.job)},
                                    {"attempt", std::int64_t{attempt}},
                                    {"plugin", plugin},
                                    {"outcome", end ? to_word(end->how) : std::string_view("dropped")},
                                    {"exit_code", end && end->exit_code ? std::to_string(*end->exit_code) : std::string()},
                                    {"status", end ? to_word(end->job) : std::string_view("not ours any more")},
                                    {"reason", end ? std::string_view() : end.error().message},
                                    {"duration_ms", milliseconds(ports_.clock.steady_now() - begin)}});
  std::erase(held_, name);
  slot_is_free_->wake();
  run_has_ended_->wake();
}

void WorkLoop::request_stop() {
  stop_.request_stop();
  run_job_.request_drain();
  slot_is_free_->wake();
}

boost::asio::awaitable<void> WorkLoop::wait(SteadyTime deadline) {
  while (looping_ || !held_.empty()) {
    const SteadyTime now = ports_.clock.steady_now();
    const bool is_over = now >= deadline;
    if (is_over) {
      run_job_.request_stop();
      // On every turn: a run that was only being prepared is not in the cluster's hands yet.
      const auto left = held_;
      for (const RunName run : left) ports_.cluster.cancel(run.job, run.fence);
    }
    const SteadyTime soon = now + std::chrono::milliseconds{50};
    co_await run_has_ended_->wait(is_over ? soon : std::min(deadline, now + look_around));
  }
}

}  // namespace orc
