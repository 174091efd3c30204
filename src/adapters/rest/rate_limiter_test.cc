#include "adapters/rest/rate_limiter.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"

namespace orc {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr Rate ten_a_minute{.count = 10, .period = minutes{1}};

TEST(RateLimiter, so_many_may_come_at_once_and_then_one_each_interval) {
  FakeClock clock;
  RateLimiter limiter(ten_a_minute, clock);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(limiter.wait_of("a"), std::nullopt) << i;
    limiter.spend("a", 1);
  }
  EXPECT_EQ(limiter.wait_of("a"), seconds{6});
  clock.advance(milliseconds{5'999});
  EXPECT_EQ(limiter.wait_of("a"), seconds{1}) << "rounded up";
  clock.advance(milliseconds{1});
  EXPECT_EQ(limiter.wait_of("a"), std::nullopt);
  limiter.spend("a", 1);
  EXPECT_EQ(limiter.wait_of("a"), seconds{6});
  clock.advance(minutes{1});
  for (int i = 0; i < 10; ++i) limiter.spend("a", 1);
  EXPECT_EQ(limiter.wait_of("a"), seconds{6}) << "a pause saves up no more than the count";
}

TEST(RateLimiter, keys_do_not_wait_for_each_other) {
  FakeClock clock;
  RateLimiter limiter(Rate{.count = 1, .period = seconds{1}}, clock);
  limiter.spend("a", 1);
  EXPECT_EQ(limiter.wait_of("a"), seconds{1});
  EXPECT_EQ(limiter.wait_of("b"), std::nullopt);
}

TEST(RateLimiter, what_was_too_much_is_paid_off_within_an_hour) {
  FakeClock clock;
  RateLimiter limiter(Rate{.count = 10, .period = seconds{1}}, clock);
  limiter.spend("batch", 50);
  EXPECT_EQ(limiter.wait_of("batch"), seconds{5});
  limiter.spend("batch", 1'000'000);
  EXPECT_EQ(limiter.wait_of("batch"), seconds{3'600});
}

TEST(RateLimiter, without_a_rate_nobody_waits) {
  FakeClock clock;
  RateLimiter limiter(std::nullopt, clock);
  limiter.spend("a", 1'000'000);
  EXPECT_EQ(limiter.wait_of("a"), std::nullopt);
  EXPECT_EQ(limiter.keys(), 0U);
}

TEST(RateLimiter, its_memory_is_bounded_and_who_owes_most_is_remembered) {
  FakeClock clock;
  RateLimiter limiter(ten_a_minute, clock);
  limiter.spend("worst", 100);
  for (std::size_t i = 0; i < RateLimiter::keys_max + 100; ++i) limiter.spend("key " + std::to_string(i), 1);
  EXPECT_EQ(limiter.keys(), RateLimiter::keys_max);
  EXPECT_NE(limiter.wait_of("worst"), std::nullopt);
  clock.advance(minutes{20});
  limiter.spend("new", 1);
  EXPECT_EQ(limiter.keys(), 1U) << "who owes nothing is forgotten";
}

TEST(RateLimiter, what_is_beyond_the_longest_key_makes_no_other_key) {
  FakeClock clock;
  RateLimiter limiter(Rate{.count = 1, .period = seconds{1}}, clock);
  limiter.spend(std::string(RateLimiter::key_length_max, 'x') + "1", 1);
  EXPECT_NE(limiter.wait_of(std::string(RateLimiter::key_length_max, 'x') + "2"), std::nullopt);
}

TEST(RateLimiter, what_is_given_back_was_never_spent) {
  FakeClock clock;
  RateLimiter limiter(Rate{.count = 2, .period = seconds{1}}, clock);
  limiter.spend("a", 5);
  EXPECT_EQ(limiter.wait_of("a"), seconds{2});
  limiter.give_back("a", 3);
  EXPECT_EQ(limiter.wait_of("a"), seconds{1}) << "half of one, rounded up";
  limiter.give_back("a", 2);
  EXPECT_EQ(limiter.wait_of("a"), std::nullopt);
  EXPECT_EQ(limiter.keys(), 0U);
  limiter.spend("a", 1);
  clock.advance(minutes{1});
  limiter.give_back("a", 1);
  limiter.spend("a", 2);
  EXPECT_NE(limiter.wait_of("a"), std::nullopt) << "nobody saves up";
}

}  // namespace
}  // namespace orc
