#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

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

// What is not the plugin's fault costs it no attempt, and has a bound of its own (docs/decisions/lost_workers.md): a job whose losses would
// come to more than job_losses_max fails for good. A run that could not be started counts for one of them.
JobTrigger within_losses(JobTrigger trigger, int losses);

// What a job that was due for `waited`, longer than its plugin's queue_seconds, fails with.
std::string too_late_to_run(std::chrono::milliseconds waited, std::chrono::seconds queue_time);

// How long a job waits after a run that could not be started, when its losses came to `losses` before.
std::chrono::milliseconds wait_to_start_again(int losses);

// Why the runs of a worker are taken from it.
enum class WorkerEnd : std::uint8_t {
  fell_silent,  // its beat stopped and nobody knows why: what it ran may be the cause
  replaced,     // its process ended and its successor is here: as a rule a person or a host restarted it
};

// What it means for a job that its worker is gone.
struct Loss {
  JobTrigger trigger{};  // worker_lost, or failed_for_good if the job is taken for the cause
  int losses = 0;        // what the job's losses come to now
  std::chrono::milliseconds wait{0};
  bool operator==(const Loss&) const = default;
};

// The reason on the list of dead letters.
inline constexpr std::string_view lost_too_often =
    "its worker was lost again and again while it ran this job, which is taken for the cause; its attempts tell when and where";

// `losses`: what they came to before. The first loss means no wait: a worker that fell silent was waited for already.
Loss judge_loss(WorkerEnd end, int losses);

}  // namespace orc
