#include "adapters/system/system_random.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>
#include <string>

namespace orc {
namespace {

TEST(SystemRandom, dice_are_spread_over_0_to_1) {
  SystemRandom random;
  double sum = 0;
  constexpr int throws = 10'000;
  for (int i = 0; i < throws; ++i) {
    const double dice = random.dice();
    ASSERT_GE(dice, 0.0);
    ASSERT_LT(dice, 1.0);
    sum += dice;
  }
  EXPECT_NEAR(sum / throws, 0.5, 0.05);  // 17 standard deviations
}

TEST(SystemRandom, tokens_are_hexadecimal_of_the_asked_size_and_never_the_same) {
  SystemRandom random;
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) {
    const std::string token = random.token(16);
    EXPECT_EQ(token.size(), 32U);
    EXPECT_TRUE(std::ranges::all_of(token, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); })) << token;
    EXPECT_TRUE(seen.insert(token).second);
  }
  EXPECT_EQ(random.token(0), "");
}

}  // namespace
}  // namespace orc
