#include "application/job/run_job.h"

namespace orc {
namespace {

constexpr std::chrono::seconds offer_again_after{1};

// What we need is away just now; the same may work in a moment.
bool may_pass(const Error& error) { return error.code == ErrorCode::unavailable || error.code == ErrorCode::resource_exhausted; }

}  // namespace

Async<JobStatus> RunJob::run(WorkerId worker, Assignment job) {
  const RunName name = job.run;
  const auto pause = ports_.wake_ups.make();
  bool is_wanted = true;
  const auto watch = ports_.source.watch(name, [&] {
    is_wanted = false;
    ports_.cluster.cancel(name.job, name.fence);
    pause->wake();
  });
  const PluginOutcome outcome = co_await execute(std::move(job), is_wanted);
  // It costs nothing: not even the plugin was started. A pause first, since the job is due again at once.
  if (outcome.how == AttemptOutcome::given_back && !stopping_) co_await pause->wait(ports_.clock.steady_now() + offer_again_after);
  for (;;) {
    auto status = co_await ports_.source.finish(worker, name, outcome);
    if (status || !may_pass(status.error()) || stopping_) co_return status;
    co_await pause->wait(ports_.clock.steady_now() + offer_again_after);
  }
}

boost::asio::awaitable<PluginOutcome> RunJob::execute(Assignment job, const bool& is_wanted) {
  PluginOutcome outcome{.how = AttemptOutcome::failed};
  Result<std::string> input = std::move(job.input.text);
  if (job.input.blob) input = co_await ports_.blobs.get(*job.input.blob);
  if (!input) {
    if (may_pass(input.error())) outcome.how = AttemptOutcome::given_back;
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
                .version = std::move(job.version),
                .input = std::move(*input),
                .timeout = job.timeout,
                .service = job.service};
  co_return co_await ports_.cluster.run(std::move(run));
}

}  // namespace orc
