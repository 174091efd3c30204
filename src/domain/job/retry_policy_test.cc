#include "domain/job/retry_policy.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace orc {
namespace {

using namespace std::chrono_literals;
using Wait = std::optional<std::chrono::milliseconds>;

constexpr double middle = 0.5;  // no jitter

RetryPolicy policy(int attempts_max, std::vector<std::chrono::milliseconds> backoff) {
  return {.attempts_max = attempts_max, .backoff = std::move(backoff)};
}

TEST(RetryPolicy, waits_as_the_contract_says) {
  struct Case {
    const char* what;
    RetryPolicy policy;
    int attempt;
    Wait expected;
  };
  const Case cases[] = {
      {"the default, first", {}, 1, 1s},
      {"the default, second", {}, 2, 2s},
      {"the default, third", {}, 3, 4s},
      {"the default, last", {}, 4, {}},
      {"beyond the last", {}, 5, {}},
      {"one attempt only", policy(1, {1s}), 1, {}},
      {"the last backoff repeats", policy(10, {1s, 5s}), 9, 5s},
      {"a backoff of nothing is at once", policy(3, {0ms}), 2, 0ms},
      {"no backoff means no retry", policy(3, {}), 1, {}},
  };
  for (const Case& c : cases) EXPECT_EQ(c.policy.wait_after(c.attempt, middle), c.expected) << c.what;
}

TEST(RetryPolicy, jitter_is_a_fifth_either_way) {
  const RetryPolicy one_second = policy(2, {1s});
  const std::pair<double, Wait> cases[] = {{0.0, 800ms}, {0.25, 900ms}, {0.5, 1000ms}, {0.75, 1100ms}};
  for (const auto& [dice, expected] : cases) EXPECT_EQ(one_second.wait_after(1, dice), expected) << dice;
  EXPECT_GE(one_second.wait_after(1, 0.999'999), 1199ms);
  EXPECT_LE(one_second.wait_after(1, 0.999'999), 1200ms);
}

RC_GTEST_PROP(RetryPolicy, stays_within_its_jitter_whatever_the_dice, (unsigned short thrown, unsigned short backoff_ms)) {
  const double dice = thrown / 65'536.0;
  const auto wait = policy(2, {std::chrono::milliseconds{backoff_ms}}).wait_after(1, dice);
  RC_ASSERT(wait.has_value());
  RC_ASSERT(static_cast<double>(wait->count()) >= backoff_ms * 0.8 - 1);
  RC_ASSERT(static_cast<double>(wait->count()) <= backoff_ms * 1.2);
}

RC_GTEST_PROP(RetryPolicy, allows_exactly_as_many_attempts_as_it_says, ()) {
  const int most = *rc::gen::inRange(1, 101);
  const RetryPolicy tried = policy(most, {1s, 2s, 4s});
  int attempts = 1;
  while (tried.wait_after(attempts, middle)) ++attempts;
  RC_ASSERT(attempts == most);
}

}  // namespace
}  // namespace orc
