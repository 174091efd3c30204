#include "adapters/plugin_verifier/job_verifier.h"

#include <algorithm>

#include "adapters/json/json_document.h"
#include "adapters/json/json_writer.h"
#include "domain/passing_error.h"

namespace orc {
namespace {

constexpr std::chrono::seconds look_for_stop_after{1};
constexpr std::chrono::seconds pause_after_failure{1};

std::string input_of(const Verification& what) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.member("task", what.task);
  json.member("proposal", what.proposal);
  json.end_object();
  return text;
}

Principal principal_of(const Verification& what) {
  return what.owner ? Principal{.user = *what.owner, .role = Role::user} : Principal::local_operator();
}

}  // namespace

Result<double> score_in(std::string_view output) {
  const auto document = JsonDocument::parse(output);
  const auto member = document ? document->root().find("score") : std::nullopt;
  const auto score = member ? member->as_double() : std::nullopt;
  if (!score || !(*score >= 0 && *score <= 1)) return fail(ErrorCode::invalid_argument, "its output holds no number \"score\" from 0 to 1");
  return *score;
}

Async<JobId> JobVerifier::submit(const Principal& who, const Verification& what) {
  const std::string input = input_of(what);
  if (input.size() > job_input_bytes_max)
    co_return fail(ErrorCode::invalid_argument, "its input, the task and a proposal, has " + std::to_string(input.size()) +
                                                    " bytes; a job's has at most " + std::to_string(job_input_bytes_max));
  JobRequest request{.plugin_name = what.plugin, .input = input};
  // After a restart the same verification finds the job that was made before.
  request.idempotency = Idempotency{.key = "verify " + what.key, .request = use_cases_.digest.sha256(what.plugin + "\n" + input)};
  std::vector<JobRequest> requests;
  requests.push_back(std::move(request));
  auto taken = co_await use_cases_.submit.run(who, std::move(requests), std::nullopt);
  if (!taken) co_return std::unexpected(std::move(taken).error().error);
  co_return taken->jobs.front().id;
}

Async<std::optional<double>> JobVerifier::look(const Principal& who, const Verification& what, std::optional<JobId>& id) {
  if (!id) {
    const auto submitted = co_await submit(who, what);
    if (!submitted) co_return fail(submitted.error().code, "the verifier " + what.plugin + ": " + submitted.error().message);
    id = *submitted;
  }
  auto job = co_await use_cases_.await.run(who, *id, look_for_stop_after);
  if (!job) co_return pass_on(job);
  if (job->status == JobStatus::completed) {
    auto score = score_in(job->result ? job->result->text : "");
    if (!score) co_return fail(score.error().code, "the verifier " + what.plugin + ": " + score.error().message);
    co_return *score;
  }
  if (is_terminal(job->status))
    co_return fail(ErrorCode::invalid_argument, "the verifier " + what.plugin + " " + std::string(to_word(job->status)) +
                                                    (job->error_message ? ": " + *job->error_message : ""));
  co_return std::nullopt;
}

Async<double> JobVerifier::verify(Verification what, VerificationEnds ends) {
  const Principal who = principal_of(what);
  const SteadyTime until = use_cases_.clock.steady_now() + what.time_max;
  const auto pause = use_cases_.wake_ups.make();
  const std::stop_callback on_stop(ends.stop, [&] { pause->wake(); });
  const std::stop_callback on_leave(ends.leave, [&] { pause->wake(); });
  std::optional<JobId> id;
  for (;;) {
    auto score = co_await look(who, what, id);
    if (score && *score) co_return **score;
    if (!score && !may_pass(score.error())) co_return pass_on(score);
    const bool is_late = use_cases_.clock.steady_now() >= until;
    const bool is_stopped = ends.stop.stop_requested();
    if (ends.leave.stop_requested() && !is_stopped) co_return fail(ErrorCode::conflict, "the verification was left");
    if (!is_late && !is_stopped) {
      if (!score) co_await pause->wait(std::min(until, use_cases_.clock.steady_now() + pause_after_failure));
      continue;
    }
    // One that ended in this moment needs no cancelling.
    if (id) [[maybe_unused]]
      const auto cancelled = co_await use_cases_.cancel.run({.kind = Actor::Kind::account, .principal = who, .from = {}}, *id);
    if (is_stopped) co_return fail(ErrorCode::conflict, "the verification was stopped");
    if (!score) co_return pass_on(score);
    co_return fail(ErrorCode::unavailable, "the verifier " + what.plugin + " took too long");
  }
}

}  // namespace orc
