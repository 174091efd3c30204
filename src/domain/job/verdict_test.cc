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

}  // namespace
}  // namespace orc
