#include "adapters/http/retry_after.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

using namespace std::chrono_literals;

TEST(RetryAfter, whole_seconds_are_understood_up_to_a_day) {
  EXPECT_EQ(parse_retry_after("0"), 0s);
  EXPECT_EQ(parse_retry_after(" 120\t"), 120s);
  EXPECT_EQ(parse_retry_after("86401"), retry_after_max);
  EXPECT_EQ(parse_retry_after("99999999999999999999999"), retry_after_max);
}

TEST(RetryAfter, what_is_no_number_of_seconds_says_nothing) {
  for (const char* value : {"", " ", "-1", "+1", "1.5", "1s", "1 2", "Fri, 31 Dec 1999 23:59:59 GMT"})
    EXPECT_EQ(parse_retry_after(value), std::nullopt) << value;
}

}  // namespace
}  // namespace orc
