#include "application/job/run_job.h"

#include <boost/asio/this_coro.hpp>
#include <csignal>

#include "application/job/run_reporter.h"
#include "domain/passing_error.h"

namespace orc {
namespace {

constexpr std::chrono::seconds offer_again_after{1};
constexpr int faults_max =
    10;  // of the source, one pause longer each time: 45 s in all, so that a damaged store does not hold a slot for ever

constexpr int exit_by_sigterm = 128 + SIGTERM;

// The first lines, which were told while it ran.
void leave_out(std::vector<LogLine>& log, std::int64_t told) {
  const auto left = lines_behind(log, told);
  log.erase(log.begin(), log.end() - std::ssize(left));
}

}  // namespace

Async<FinishedJob> RunJob::run(WorkerId worker, Assignment job) {
  const RunName name = job.run;
  const auto pause = ports_.wake_ups.make();
  bool is_wanted = true;
  const auto watch = ports_.source.watch(name, [&] {
    is_wanted = false;
    ports_.cluster.cancel(name.job, name.fence);
    pause->wake();
  });
  RunReporter reporter(co_await boost::asio::this_coro::executor,
                       {.source = ports_.source, .wake_ups = ports_.wake_ups, .clock = ports_.clock}, worker, name);
  PluginOutcome outcome = co_await execute(std::move(job), reporter, is_wanted);
  leave_out(outcome.log, co_await reporter.end());
  if (draining_ && outcome.how == AttemptOutcome::failed && outcome.exit_code == exit_by_sigterm) {
    outcome.how = AttemptOutcome::given_back;
    outcome.message = "SIGTERM ended it while its worker stopped; it runs again";
  }
  // It costs nothing: not even the plugin was started. A pause first, since the job is due again at once, here perhaps.
  if (outcome.how == AttemptOutcome::given_back && !draining_) co_await pause->wait(ports_.clock.steady_now() + offer_again_after);
  for (int faults = 0;;) {
    auto status = co_await ports_.source.finish(worker, name, outcome);
    if (status) {
      const bool was_stopped = outcome.how == AttemptOutcome::cancelled && is_wanted;  // by the end of its worker
      co_return FinishedJob{.how = was_stopped ? AttemptOutcome::given_back : outcome.how, .exit_code = outcome.exit_code, .job = *status};
    }
    const bool is_fault = status.error().code == ErrorCode::internal;
    faults += is_fault;
    const bool may_come_again = is_fault ? faults < faults_max : may_pass(status.error());
    if (!may_come_again || stopping_) co_return pass_on(status);
    co_await pause->wait(ports_.clock.steady_now() + offer_again_after * (is_fault ? faults : 1));
  }
}

boost::asio::awaitable<PluginOutcome> RunJob::execute(Assignment job, RunObserver& observer, const bool& is_wanted) {
  PluginOutcome outcome;
  Result<std::string> input = std::move(job.input.text);
  if (job.input.blob) input = co_await ports_.blobs.get(*job.input.blob);
  if (!input) {
    // What is gone or damaged is so for every attempt.
    outcome.how = may_pass(input.error()) ? AttemptOutcome::given_back : AttemptOutcome::refused;
    outcome.message = "the input could not be read: " + input.error().message;
    co_return outcome;
  }
  // Called off while the input was on its way, when the cluster did not know the run yet.
  if (!is_wanted) {
    outcome.how = AttemptOutcome::cancelled;
    co_return outcome;
  }
  PluginRun run{.job = job.run.job,
                .fence = job.run.fence,
                .attempt = job.attempt,
                .owner = job.owner,
                .version = std::move(job.version),
                .input = std::move(*input),
                .timeout = job.timeout,
                .service = job.service,
                .observer = &observer};
  co_return co_await ports_.cluster.run(std::move(run));
}

}  // namespace orc
