#include "domain/job/verdict.h"

#include <algorithm>

#include "domain/job/job.h"

namespace orc {
namespace {

// Three workers that fell silent are within the bound, the fourth is not (attacks.md, R14).
int weight_of(WorkerEnd end) {
  switch (end) {
    case WorkerEnd::fell_silent:
      return 5;
    case WorkerEnd::replaced:
      return 1;
  }
  return 0;
}

}  // namespace

Verdict judge(AttemptOutcome how, std::optional<int> exit_code, int attempt, const RetryPolicy& policy, double dice) {
  switch (how) {
    case AttemptOutcome::succeeded:
      return {.trigger = JobTrigger::succeeded, .wait = {}};
    // The run was stopped from outside: either its job was cancelled, and the store will refuse the end, or its worker stops.
    case AttemptOutcome::cancelled:
    case AttemptOutcome::given_back:
      return {.trigger = JobTrigger::given_back, .wait = {}};
    case AttemptOutcome::worker_lost:
      return {.trigger = JobTrigger::worker_lost, .wait = {}};
    case AttemptOutcome::not_started:
      return {.trigger = JobTrigger::not_started, .wait = {}};
    case AttemptOutcome::refused:
      return {.trigger = JobTrigger::failed_for_good, .wait = {}};
    case AttemptOutcome::failed:
    case AttemptOutcome::timed_out:
    case AttemptOutcome::out_of_memory:
    case AttemptOutcome::output_rejected:
      break;
  }
  if (exit_code == exit_code_bad_input) return {.trigger = JobTrigger::failed_for_good, .wait = {}};
  if (const auto wait = policy.wait_after(attempt, dice)) return {.trigger = JobTrigger::failed_for_now, .wait = wait};
  return {.trigger = JobTrigger::failed_for_good, .wait = {}};
}

JobTrigger within_losses(JobTrigger trigger, int losses) {
  return trigger == JobTrigger::not_started && losses >= job_losses_max ? JobTrigger::failed_for_good : trigger;
}

std::string too_late_to_run(std::chrono::milliseconds waited, std::chrono::seconds queue_time) {
  return "it waited " + std::to_string(std::chrono::floor<std::chrono::seconds>(waited).count()) +
         " s to be run, longer than limits.queue_seconds " + std::to_string(queue_time.count());
}

// 1, 2, 4 seconds and so on up to a minute: sixteen of them bridge eleven minutes.
std::chrono::milliseconds wait_to_start_again(int losses) {
  constexpr int doublings_max = 6;
  return std::min(std::chrono::milliseconds{1000} * (1 << std::clamp(losses, 0, doublings_max)), std::chrono::milliseconds{60'000});
}

Loss judge_loss(WorkerEnd end, int losses) {
  const int weight = weight_of(end);
  Loss loss{.trigger = JobTrigger::worker_lost, .losses = losses + weight, .wait = {}};
  if (loss.losses > job_losses_max) {
    loss.trigger = JobTrigger::failed_for_good;
  } else if (const int like_this = losses / weight; like_this > 0) {
    loss.wait = wait_to_start_again(like_this - 1);
  }
  return loss;
}

}  // namespace orc
