#include "domain/job/verdict.h"

#include <gtest/gtest.h>

#include "domain/job/job.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

TEST(Verdict, follows_from_how_the_attempt_ended) {
  using enum AttemptOutcome;
  struct Case {
    AttemptOutcome how;
    std::optional<int> exit_code;
    int attempt;
    Verdict expected;
  };
  const Case cases[] = {
      {.how = AttemptOutcome::succeeded, .exit_code = 0, .attempt = 1, .expected = {.trigger = JobTrigger::succeeded, .wait = {}}},
      {.how = failed, .exit_code = 1, .attempt = 1, .expected = {.trigger = JobTrigger::failed_for_now, .wait = 1s}},
      {.how = failed, .exit_code = 1, .attempt = 3, .expected = {.trigger = JobTrigger::failed_for_now, .wait = 4s}},
      {.how = failed, .exit_code = 1, .attempt = 4, .expected = {.trigger = JobTrigger::failed_for_good, .wait = {}}},
      {.how = failed, .exit_code = 65, .attempt = 1, .expected = {.trigger = JobTrigger::failed_for_good, .wait = {}}},
      {.how = timed_out, .exit_code = {}, .attempt = 2, .expected = {.trigger = JobTrigger::failed_for_now, .wait = 2s}},
      {.how = out_of_memory, .exit_code = {}, .attempt = 4, .expected = {.trigger = JobTrigger::failed_for_good, .wait = {}}},
      {.how = output_rejected, .exit_code = 0, .attempt = 1, .expected = {.trigger = JobTrigger::failed_for_now, .wait = 1s}},
      {.how = refused, .exit_code = {}, .attempt = 1, .expected = {.trigger = JobTrigger::failed_for_good, .wait = {}}},
      {.how = not_started, .exit_code = {}, .attempt = 4, .expected = {.trigger = JobTrigger::not_started, .wait = {}}},
      {.how = cancelled, .exit_code = {}, .attempt = 4, .expected = {.trigger = JobTrigger::given_back, .wait = {}}},
  };
  for (const auto& c : cases)
    EXPECT_EQ(judge(c.how, c.exit_code, c.attempt, RetryPolicy{}, 0.5), c.expected) << to_word(c.how) << ", attempt " << c.attempt;
}

TEST(Verdict, what_could_not_be_started_has_a_bound_of_its_own) {
  EXPECT_EQ(within_losses(JobTrigger::not_started, job_losses_max - 1), JobTrigger::not_started);
  EXPECT_EQ(within_losses(JobTrigger::not_started, job_losses_max), JobTrigger::failed_for_good);
  EXPECT_EQ(within_losses(JobTrigger::succeeded, job_losses_max), JobTrigger::succeeded);
  EXPECT_EQ(wait_to_start_again(0), 1s);
  EXPECT_EQ(wait_to_start_again(3), 8s);
  EXPECT_EQ(wait_to_start_again(15), 60s);
}

TEST(Verdict, a_job_whose_workers_keep_falling_silent_runs_once_and_three_times_more) {
  const struct {
    int losses;
    Loss expected;
  } cases[] = {{0, {.trigger = JobTrigger::worker_lost, .losses = 5, .wait = 0s}},
               {5, {.trigger = JobTrigger::worker_lost, .losses = 10, .wait = 1s}},
               {10, {.trigger = JobTrigger::worker_lost, .losses = 15, .wait = 2s}},
               {11, {.trigger = JobTrigger::worker_lost, .losses = 16, .wait = 2s}},
               {12, {.trigger = JobTrigger::failed_for_good, .losses = 17, .wait = 0s}},
               {15, {.trigger = JobTrigger::failed_for_good, .losses = 20, .wait = 0s}}};
  for (const auto& [losses, expected] : cases) EXPECT_EQ(judge_loss(WorkerEnd::fell_silent, losses), expected) << losses;
}

TEST(Verdict, restarts_of_its_process_are_borne_for_longer_with_a_wait_that_grows) {
  int losses = 0;
  for (const auto wait : {0s, 1s, 2s, 4s, 8s, 16s, 32s, 60s}) {
    const Loss loss = judge_loss(WorkerEnd::replaced, losses);
    EXPECT_EQ(loss, (Loss{.trigger = JobTrigger::worker_lost, .losses = losses + 1, .wait = wait}));
    losses = loss.losses;
  }
  for (; losses < job_losses_max; ++losses) EXPECT_EQ(judge_loss(WorkerEnd::replaced, losses).wait, 60s);
  EXPECT_EQ(judge_loss(WorkerEnd::replaced, losses).trigger, JobTrigger::failed_for_good);
}

}  // namespace
}  // namespace orc
