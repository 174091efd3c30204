#include "adapters/openai/circuit_breaker.h"

#include <gtest/gtest.h>

#include "adapters/openai/straggler_watch.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

class circuit_breaker : public testing::Test {
 protected:
  void fail_until_open() {
    for (int i = 0; i < CircuitBreaker::failures_max; ++i) {
      ASSERT_TRUE(breaker.admit(now));
      breaker.failed({}, now);
    }
    ASSERT_FALSE(breaker.admit(now));
  }
  CircuitBreaker breaker;
  SteadyTime now{1h};
};

TEST_F(circuit_breaker, opens_after_failures_in_a_row_only) {
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(breaker.admit(now));
    if (i % 4 == 3)
      breaker.succeeded();
    else
      breaker.failed({}, now);
  }
}

TEST_F(circuit_breaker, lets_one_probe_through_which_closes_it) {
  fail_until_open();
  now += CircuitBreaker::open_first;
  EXPECT_TRUE(breaker.admit(now));
  EXPECT_FALSE(breaker.admit(now));
  breaker.succeeded();
  EXPECT_TRUE(breaker.admit(now));
  EXPECT_TRUE(breaker.admit(now));
}

TEST_F(circuit_breaker, a_probe_that_fails_opens_it_for_twice_as_long_up_to_a_bound) {
  fail_until_open();
  for (std::chrono::seconds wait : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
    EXPECT_FALSE(breaker.admit(now + wait - 1ms));
    now += wait;
    const auto probe = breaker.admit(now);
    ASSERT_TRUE(probe);
    breaker.failed(*probe, now);
  }
}

TEST_F(circuit_breaker, a_probe_that_says_nothing_lets_another_through) {
  fail_until_open();
  now += 1s;
  const auto probe = breaker.admit(now);
  ASSERT_TRUE(probe);
  breaker.said_nothing(*probe);
  EXPECT_TRUE(breaker.admit(now));
}

TEST_F(circuit_breaker, who_was_under_way_when_it_opened_is_not_the_probe) {
  const auto early = breaker.admit(now);
  ASSERT_TRUE(early);
  fail_until_open();
  now += 1s;
  const auto probe = breaker.admit(now);
  ASSERT_TRUE(probe);
  breaker.said_nothing(*early);
  EXPECT_FALSE(breaker.admit(now)) << "one probe at a time";
  breaker.failed(*early, now);
  EXPECT_FALSE(breaker.admit(now)) << "nor does it end the probe by its failure";
  breaker.failed(*probe, now);
  EXPECT_FALSE(breaker.admit(now + 2s - 1ms));
  EXPECT_TRUE(breaker.admit(now + 2s)) << "it is open for twice as long, not for four times";
}

TEST_F(circuit_breaker, a_probe_that_fails_after_another_calls_success_counts_as_any_call) {
  const auto early = breaker.admit(now);
  ASSERT_TRUE(early);
  fail_until_open();
  now += 1s;
  const auto probe = breaker.admit(now);
  ASSERT_TRUE(probe);
  breaker.succeeded();
  breaker.failed(*probe, now);
  EXPECT_TRUE(breaker.admit(now));
  for (int i = 1; i < CircuitBreaker::failures_max; ++i) breaker.failed({}, now);
  EXPECT_TRUE(breaker.admit(now + CircuitBreaker::open_first)) << "no longer than the first time";
}

TEST(retry_budget, is_a_share_of_the_calls) {
  RetryBudget budget(0.1, 3);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(budget.take());
  EXPECT_FALSE(budget.take());
  for (int i = 0; i < 11; ++i) budget.call_was_made();
  EXPECT_TRUE(budget.take());
  EXPECT_FALSE(budget.take());
}

TEST(retry_wait, is_jittered_in_full_and_obeys_the_server) {
  EXPECT_EQ(retry_wait(0, 0, 0ms), 0ms);
  EXPECT_EQ(retry_wait(0, 0.5, 0ms), 250ms);
  EXPECT_EQ(retry_wait(2, 0.5, 0ms), 1000ms);
  EXPECT_EQ(retry_wait(100, 0.5, 0ms), 10'000ms);
  EXPECT_EQ(retry_wait(0, 0.5, 7000ms), 7000ms);
}

TEST(straggler_watch, late_is_behind_nineteen_of_twenty) {
  StragglerWatch watch;
  for (int i = 1; i < 20; ++i) watch.began_after(100ms);
  EXPECT_FALSE(watch.late_after());
  watch.began_after(100ms);
  EXPECT_EQ(watch.late_after(), 150ms);
  for (int i = 0; i < 64; ++i) watch.began_after(1ms);
  EXPECT_EQ(watch.late_after(), StragglerWatch::late_min);
}

}  // namespace
}  // namespace orc
