#include "application/job/run_job.h"

#include "domain/job/verdict.h"

namespace orc {
namespace {

constexpr std::chrono::seconds offer_again_after{1};
constexpr std::size_t quoted_output_bytes_max = 4096;  // attacks.md, P10

// What we need is away just now; the same may work in a moment.
bool may_pass(const Error& error) { return error.code == ErrorCode::unavailable || error.code == ErrorCode::resource_exhausted; }

}  // namespace

Async<JobStatus> RunJob::run(ClaimedJob job) {
  auto version = co_await ports_.plugins.version(job.version);
  if (!version) co_return co_await give_back(job, version.error());
  const auto plugin = co_await ports_.plugins.by_id(version->plugin);
  if (!plugin && plugin.error().code == ErrorCode::not_found) co_return co_await withdraw(job);
  if (!plugin) co_return co_await give_back(job, plugin.error());
  auto input = co_await payloads_.text_of(job.input);
  if (!input && may_pass(input.error())) co_return co_await give_back(job, input.error());

  PluginOutcome outcome{.how = AttemptOutcome::failed};
  if (input)
    outcome = co_await execute(job, *version, std::move(*input));
  else
    outcome.message = "the input could not be read: " + input.error().message;
  if (outcome.how == AttemptOutcome::given_back) co_return co_await give_back(job, {ErrorCode::unavailable, std::move(outcome.message)});
  co_await hold_against_schema(*version, outcome);

  auto end = co_await decide(job, *version, std::move(outcome));
  if (!end) co_return co_await give_back(job, end.error());
  co_return co_await finish(std::move(*end));
}

// Its plugin was removed after an attempt had begun: what is withdrawn does not start again.
Async<JobStatus> RunJob::withdraw(const ClaimedJob& job) {
  AttemptEnd end{.id = job.id, .fence = job.fence, .trigger = JobTrigger::plugin_removed, .outcome = AttemptOutcome::refused};
  end.message = "Plugin " + job.plugin_name + " was removed before this job ran";
  co_return co_await finish(std::move(end));
}

// The attempt costs nothing: not even its plugin was started, or nobody could keep what it said. A pause first, since the job is due again
// at once.
Async<JobStatus> RunJob::give_back(const ClaimedJob& job, Error reason) {
  if (!stopping_) co_await pause(job.id);
  AttemptEnd end{.id = job.id, .fence = job.fence, .trigger = JobTrigger::given_back, .outcome = AttemptOutcome::given_back};
  end.message = std::move(reason.message);
  co_return co_await finish(std::move(end));
}

boost::asio::awaitable<PluginOutcome> RunJob::execute(const ClaimedJob& job, const PluginVersion& version, std::string input) {
  // Watch first, then look: a cancellation that came in between is seen by one of the two.
  const auto watch = ports_.signals.watch(job.id, [this, id = job.id, fence = job.fence] { ports_.cluster.cancel(id, fence); });
  const auto now = co_await ports_.reader.get(job.id);
  if (now && now->status != JobStatus::processing)
    co_return PluginOutcome{.how = AttemptOutcome::cancelled, .output = {}, .message = {}, .log = {}, .exit_code = {}, .usage = {}};

  PluginRun run{.job = job.id,
                .fence = job.fence,
                .attempt = job.attempt,
                .version = version,
                .input = std::move(input),
                .timeout = job.timeout.value_or(version.spec.limits.timeout)};
  co_return co_await ports_.cluster.run(std::move(run));
}

// An answer that does not fit is no success.
boost::asio::awaitable<void> RunJob::hold_against_schema(const PluginVersion& version, PluginOutcome& outcome) {
  if (outcome.how != AttemptOutcome::succeeded) co_return;
  const auto fits = co_await ports_.schemas.validate(version.spec.output_schema, outcome.output);
  if (fits) co_return;
  outcome.how = AttemptOutcome::output_rejected;
  outcome.message =
      "the plugin's output was refused: " + fits.error().message + "; it printed: " + outcome.output.substr(0, quoted_output_bytes_max);
  outcome.output.clear();
}

Async<AttemptEnd> RunJob::decide(const ClaimedJob& job, const PluginVersion& version, PluginOutcome outcome) {
  RetryPolicy policy = version.spec.retry;
  policy.attempts_max = job.attempts_max;
  // A run that was stopped is either of a cancelled job, whose end the store refuses, or of a worker that stops.
  if (outcome.how == AttemptOutcome::cancelled) {
    outcome.how = AttemptOutcome::given_back;
    outcome.message = "its worker stopped before it ended; it runs again";
  }
  const Verdict verdict = judge(outcome.how, outcome.exit_code, job.attempt, policy, ports_.random.dice());
  AttemptEnd end{.id = job.id,
                 .fence = job.fence,
                 .trigger = verdict.trigger,
                 .outcome = outcome.how,
                 .result = {},
                 .message = std::move(outcome.message),
                 .wait = verdict.wait,
                 .exit_code = outcome.exit_code,
                 .usage = outcome.usage,
                 .isolation = outcome.isolation,
                 .log = std::move(outcome.log)};
  if (verdict.trigger != JobTrigger::succeeded) co_return end;
  auto result = co_await payloads_.keep(std::move(outcome.output));
  if (!result) co_return pass_on(result);
  end.result = std::move(*result);
  co_return end;
}

// Until what was away may be back. Over at once if the job ends: who cancels it waits for no pause of ours.
boost::asio::awaitable<void> RunJob::pause(JobId job) {
  co_await ports_.signals.wait_for_end(job, ports_.clock.steady_now() + offer_again_after);
}

Async<JobStatus> RunJob::finish(AttemptEnd end) {
  for (;;) {
    auto status = co_await ports_.store.finish(end);
    if (!status && may_pass(status.error()) && !stopping_) {
      co_await pause(end.id);
      continue;
    }
    if (!status && status.error().code == ErrorCode::internal && end.trigger != JobTrigger::failed_for_good) {
      // Something in it cannot be stored. A job whose end nobody can store would be processing for ever.
      end.trigger = JobTrigger::failed_for_good;
      end.outcome = AttemptOutcome::failed;
      end.result.reset();
      end.log.clear();
      end.message = "the end of the attempt could not be stored: " + status.error().message;
      continue;
    }
    if (status && is_terminal(*status)) ports_.signals.job_ended(end.id);
    co_return status;
  }
}

}  // namespace orc
