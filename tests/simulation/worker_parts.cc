#include "tests/simulation/worker_parts.h"

namespace orc::simulation {
namespace {

constexpr Span sign_on_again_after = std::chrono::seconds{2};  // as src/app/runner.cc

}  // namespace

WorkerParts::WorkerParts(Ports ports, int slots, WorkerHome home, std::function<void()> on_poison)
    : ports_(ports),
      slots_(slots),
      home_(home),
      log_(ports.time, ports.process),
      cluster_(ports.time, ports.process, ports.ledger, slots, std::move(on_poison)),
      run_job_({.source = ports.source, .blobs = ports.blobs, .cluster = cluster_, .wake_ups = ports.process, .clock = ports.process}),
      work_loop_(ports.time.loop().get_executor(),
                 {.source = ports.source, .cluster = cluster_, .wake_ups = ports.process, .clock = ports.process, .log = log_}, run_job_,
                 slots),
      registration_(ports.source),
      beat_(registration_, [this] { return work_loop_.held(); }) {}

boost::asio::awaitable<void> WorkerParts::work() {
  while (!is_draining_) {
    NewWorker worker{.name = ports_.process.name(), .slots = slots_, .home = home_};
    if (co_await registration_.sign_on(std::move(worker))) break;
    co_await ports_.process.rest(sign_on_again_after);
  }
  if (is_draining_) co_return;
  ports_.process.start(repeat(ports_.process, beat_));
  work_loop_.start(registration_);
}

boost::asio::awaitable<void> WorkerParts::drain(Span grace) {
  is_draining_ = true;
  const SteadyTime deadline = ports_.process.steady_now() + grace;
  if (registration_.id() == WorkerId{}) co_return;  // not yet signed on
  work_loop_.request_stop();
  co_await work_loop_.wait(deadline);
  if (const auto done = co_await registration_.sign_off(); !done) log_.warn("not signed off");
}

boost::asio::awaitable<void> repeat(SimulatedProcess& process, Duty& duty) {
  for (;;) {
    [[maybe_unused]] const auto done = co_await duty.run_once();  // as the product, which logs a failure and goes on
    co_await process.rest(duty.interval());
  }
}

}  // namespace orc::simulation
