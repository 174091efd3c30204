#pragma once

#include "application/job/await_job.h"
#include "application/job/change_job.h"
#include "application/job/submit_jobs.h"
#include "ports/clock.h"
#include "ports/credentials.h"
#include "ports/verifier.h"
#include "ports/wake_up.h"

namespace orc {

// JobVerifier lets a plugin judge a proposal as a job like any other, in its sandbox and within its limits: the input is
// {"task": "…", "proposal": "…"}, the output an object with a number "score" from 0 to 1. The job is the deliberation's owner's.
class JobVerifier final : public Verifier {
 public:
  // All outlive it.
  struct UseCases {
    SubmitJobs& submit;
    AwaitJob& await;
    CancelJob& cancel;
    Digest& digest;
    WakeUps& wake_ups;
    Clock& clock;
  };

  explicit JobVerifier(UseCases use_cases) : use_cases_(use_cases) {}

  // Either end is seen within a second. A stop cancels the job; one that was left is found when the same verification is asked for again.
  // While the store is away, or takes no job, it tries again within `time_max`.
  Async<double> verify(Verification what, VerificationEnds ends) override;

 private:
  Async<JobId> submit(const Principal& who, const Verification& what);
  // Submits it, if there is no `job` yet, and looks at it for a while. Gives the score; nothing: not yet.
  Async<std::optional<double>> look(const Principal& who, const Verification& what, std::optional<JobId>& job);

  const UseCases use_cases_;
};

// The score in a plugin's output. Errors: invalid_argument, saying what it is instead.
Result<double> score_in(std::string_view output);

}  // namespace orc
