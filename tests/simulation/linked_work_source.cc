#include "tests/simulation/linked_work_source.h"

#include <algorithm>

#include "adapters/worker_wire/worker_protocol.h"

namespace orc::simulation {
namespace {

// As adapters/remote_cluster has them.
constexpr std::chrono::seconds beat_answer_max{4};
constexpr std::chrono::seconds control_answer_max{10};
constexpr std::chrono::seconds end_answer_max{20};
constexpr std::chrono::seconds answer_grace{10};
constexpr std::chrono::seconds pause_after_failure{1};
constexpr std::chrono::milliseconds pause_after_end_of_wait{200};

}  // namespace

Async<WorkerId> LinkedWorkSource::sign_on(NewWorker worker) {
  const std::function<Async<WorkerId>(SimulatedServer&)> act = [worker](SimulatedServer& server) {
    return server.sessions().sign_on(worker);
  };
  auto id = co_await link_.ask<WorkerId>(act, control_answer_max);
  if (id) worker_ = *id;
  co_return id;
}

Async<void> LinkedWorkSource::beat_once(WorkerId worker, std::vector<RunName> held, std::chrono::seconds wait) {
  using Stops = std::vector<RunName>;
  const std::function<Async<Stops>(SimulatedServer&)> act = [worker, held, wait](SimulatedServer& server) {
    return server.sessions().beat(worker, held, wait);
  };
  auto stops = co_await link_.ask<Stops>(act, beat_answer_max + wait);
  if (!stops) co_return pass_on(stops);
  watches_.call(*stops);
  co_return Result<void>{};
}

Async<void> LinkedWorkSource::beat(WorkerId worker, std::vector<RunName> held) {
  return beat_once(worker, std::move(held), std::chrono::seconds{0});
}

Async<void> LinkedWorkSource::sign_off(WorkerId worker) {
  worker_.reset();
  pause_->wake();
  const std::function<Async<void>(SimulatedServer&)> act = [worker](SimulatedServer& server) { return server.sessions().sign_off(worker); };
  auto done = co_await link_.ask<void>(act, control_answer_max);
  if (!done && done.error().code != ErrorCode::not_found) co_return done;
  co_return Result<void>{};
}

Async<std::vector<Assignment>> LinkedWorkSource::claim(WorkerId worker, int count, SteadyTime until, std::stop_token stop) {
  using Runs = std::vector<Assignment>;
  if (stop.stop_requested()) co_return Runs{};
  const auto left = std::chrono::ceil<std::chrono::seconds>(until - process_.steady_now());
  const auto wait = std::clamp(left, std::chrono::seconds{0}, claim_wait_max);
  std::stop_source answered;
  const std::shared_ptr<WakeUp> answer_is_here = process_.make();
  const std::stop_callback end_wait(
      stop, [this, worker, answered, answer_is_here] { process_.start(end_waiting_claim(worker, answered.get_token(), answer_is_here)); });
  const std::function<Async<Runs>(SimulatedServer&)> act = [worker, count, wait](SimulatedServer& server) {
    return server.sessions().claim(worker, count, wait, {});
  };
  auto runs = co_await link_.ask<Runs>(act, wait + answer_grace);
  answered.request_stop();
  answer_is_here->wake();
  co_return runs;
}

boost::asio::awaitable<void> LinkedWorkSource::end_waiting_claim(WorkerId worker, std::stop_token answered,
                                                                 std::shared_ptr<WakeUp> answer_is_here) {
  using Runs = std::vector<Assignment>;
  const std::function<Async<Runs>(SimulatedServer&)> act = [worker](SimulatedServer& server) {
    return server.sessions().claim(worker, 0, std::chrono::seconds{0}, {});
  };
  while (!answered.stop_requested()) {
    [[maybe_unused]] const auto answer = co_await link_.ask<Runs>(act, control_answer_max);
    if (!answered.stop_requested()) co_await answer_is_here->wait(process_.steady_now() + pause_after_end_of_wait);
  }
}

std::unique_ptr<WorkSource::Watch> LinkedWorkSource::watch(RunName run, std::function<void()> on_stop) {
  auto watch = watches_.add(run, std::move(on_stop));
  if (!std::exchange(is_listening_, true)) process_.start(listen());
  return watch;
}

boost::asio::awaitable<void> LinkedWorkSource::listen() {
  while (!watches_.empty() && worker_) {
    const auto heard = co_await beat_once(*worker_, watches_.watched(), beat_wait_max);
    if (!heard) co_await pause_->wait(process_.steady_now() + pause_after_failure);
  }
  is_listening_ = false;
}

Async<void> LinkedWorkSource::report(WorkerId worker, RunName run, RunReport report) {
  using Results = std::vector<Result<JobStatus>>;
  const std::function<Async<Results>(SimulatedServer&)> act =
      [worker, told = ReportedRun{.run = run, .report = std::move(report)}](SimulatedServer& server) {
        return server.sessions().report(worker, {told});
      };
  auto results = co_await link_.ask<Results>(act, end_answer_max);
  if (!results) co_return pass_on(results);
  if (!results->front()) co_return pass_on(results->front());
  co_return Result<void>{};
}

Async<JobStatus> LinkedWorkSource::finish(WorkerId worker, RunName run, PluginOutcome outcome) {
  using Results = std::vector<Result<JobStatus>>;
  const std::function<Async<Results>(SimulatedServer&)> act =
      [worker, end = FinishedRun{.run = run, .outcome = std::move(outcome), .output_blob = {}}](SimulatedServer& server) {
        return server.sessions().finish(worker, {end});
      };
  auto results = co_await link_.ask<Results>(act, end_answer_max);
  if (!results) co_return pass_on(results);
  co_return results->front();
}

}  // namespace orc::simulation
