#include "adapters/cli/run_to_end.h"

#include <algorithm>
#include <iostream>

#include "adapters/cli/job_view.h"
#include "adapters/cli/job_waiting.h"
#include "adapters/cli/last_words.h"

namespace orc {
namespace {

// How long the submission itself may wait for the end: not at all where a person looks, who is to see how the job goes on.
constexpr std::chrono::seconds first_wait{20};
constexpr std::chrono::seconds drawn_first_wait{0};

// The result goes to the output as it came; what went wrong to the error output.
Outcome<ExitCode> show_end(ClientContext& context, ApiReply& reply) {
  const auto job = reply.json();
  if (!job) return std::unexpected(job.error());
  const std::string status = text_of(*job, "status");
  if (context.flags.as_json) {
    context.out << reply.body() << "\n";
  } else if (status == "completed") {
    context.out << text_of(*job, "result") << "\n";
  } else {
    const std::string id = text_of(*job, "id");
    context.err << coloured(context.terminal, Colour::red, "job " + id + " " + status) << ": " << printable(text_of(*job, "error_message"))
                << "\nIts log: orc job logs " << id << "\n";
  }
  return status == "completed" ? ExitCode::ok : ExitCode::negative;
}

}  // namespace

Outcome<ExitCode> run_to_end(ClientContext& context, ApiClient& client, const Submission& submission, std::chrono::seconds patience) {
  const auto body = submission_body(context, client, submission);
  if (!body) return std::unexpected(body.error());
  const std::string key = submission.idempotency_key.empty() ? new_idempotency_key() : submission.idempotency_key;
  const auto waits = std::min(context.terminal.err_is_terminal ? drawn_first_wait : first_wait, patience);
  LastWords words(context, "The job may be submitted, and goes on then: orc job list");
  Outage outage(context);
  auto submitted = client.submit("/api/v1/jobs?wait=" + std::to_string(waits.count()), *body, key, outage);
  if (!submitted) {
    Failure failure = std::move(submitted).error();
    if (failure.code == ExitCode::unreachable && client.was_reached())
      failure.message += "\nThe job may or may not be submitted. The same again makes no second one with: --idempotency-key " + key;
    return std::unexpected(std::move(failure));
  }
  if (submitted->status() == 200) return show_end(context, *submitted);
  const auto job = submitted->json();
  if (!job) return std::unexpected(job.error());
  const std::string id = text_of(*job, "id");
  words.change_to(words_of_job_that_goes_on(id));
  auto ended = wait_for_job(context, client, id, patience - waits);
  if (!ended) return std::unexpected(ended.error());
  return show_end(context, *ended);
}

}  // namespace orc
