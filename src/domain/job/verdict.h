#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "domain/job/attempt.h"
#include "domain/job/retry_policy.h"

namespace orc {

// By this exit code a plugin says that its input is bad, so that no other attempt would help (contract section 12; EX_DATAERR of
// sysexits.h).
inline constexpr int exit_code_bad_input = 65;

struct Verdict {
  JobTrigger trigger{};
  std::optional<std::chrono::milliseconds> wait;  // before the next attempt, with failed_for_now
  bool operator==(const Verdict&) const = default;
};

// What the end of attempt number `attempt` (from 1) means for its job. `dice` is uniform in [0, 1).
Verdict judge(AttemptOutcome how, std::optional<int> exit_code, int attempt, const RetryPolicy& policy, double dice);

// What is not the plugin's fault costs it no attempt, and has a bound of its own: after job_losses_max runs of a job that lost their worker
// or could not be started, another one that could not be started is the last.
JobTrigger within_losses(JobTrigger trigger, int losses);

// What a job that was due for `waited`, longer than its plugin's queue_seconds, fails with.
std::string too_late_to_run(std::chrono::milliseconds waited, std::chrono::seconds queue_time);

// How long a job waits after a run that could not be started, when `losses` runs of it were lost or not started before.
std::chrono::milliseconds wait_to_start_again(int losses);

}  // namespace orc
