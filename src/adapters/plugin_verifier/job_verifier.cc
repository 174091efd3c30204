#include "adapters/plugin_verifier/job_verifier.h"

#include "adapters/json/json_document.h"
#include "adapters/json/json_writer.h"

namespace orc {
namespace {

constexpr std::chrono::seconds look_for_stop_after{1};

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
  if (!score || !(*score >= 0 && *score <= 1))
    return fail(ErrorCode::invalid_argument, "the verifier's output holds no number \"score\" from 0 to 1");
  return *score;
}

Async<JobId> JobVerifier::submit(const Principal& who, const Verification& what) {
  const std::string input = input_of(what);
  JobRequest request{.plugin_name = what.plugin, .input = input};
  // After a restart the same verification finds the job that was made before.
  request.idempotency = Idempotency{.key = "verify " + what.key, .request = use_cases_.digest.sha256(what.plugin + "\n" + input)};
  std::vector<JobRequest> requests;
  requests.push_back(std::move(request));
  auto taken = co_await use_cases_.submit.run(who, std::move(requests), std::nullopt);
  if (!taken) co_return std::unexpected(std::move(taken).error().error);
  co_return taken->jobs.front().id;
}

Async<double> JobVerifier::verify(Verification what, std::stop_token stop) {
  const Principal who = principal_of(what);
  const auto id = co_await submit(who, what);
  if (!id) co_return fail(id.error().code, "the verifier " + what.plugin + ": " + id.error().message);
  const SteadyTime until = use_cases_.clock.steady_now() + what.time_max;
  for (;;) {
    auto job = co_await use_cases_.await.run(who, *id, look_for_stop_after);
    if (!job) co_return pass_on(job);
    if (job->status == JobStatus::completed) co_return score_in(job->result ? job->result->text : "");
    if (is_terminal(job->status))
      co_return fail(ErrorCode::invalid_argument, "the verifier " + what.plugin + " " + std::string(to_word(job->status)) +
                                                      (job->error_message ? ": " + *job->error_message : ""));
    const bool is_late = use_cases_.clock.steady_now() >= until;
    if (!is_late && !stop.stop_requested()) continue;
    if (stop.stop_requested() && leaves_jobs_) co_return fail(ErrorCode::conflict, "the verification was left");
    // One that ended in this moment needs no cancelling.
    [[maybe_unused]] const auto cancelled =
        co_await use_cases_.cancel.run({.kind = Actor::Kind::account, .principal = who, .from = {}}, *id);
    if (stop.stop_requested()) co_return fail(ErrorCode::conflict, "the verification was stopped");
    co_return fail(ErrorCode::unavailable, "the verifier " + what.plugin + " took too long");
  }
}

}  // namespace orc
