#include "adapters/rest/keys_in_flight.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

TEST(keys_in_flight, a_key_is_held_by_one_until_it_is_let_go) {
  KeysInFlight keys;
  {
    const auto first = keys.hold(UserId{1}, {"a", "b"});
    ASSERT_TRUE(first);
    EXPECT_EQ(keys.hold(UserId{1}, {"b"}).error().code, ErrorCode::conflict);
    EXPECT_TRUE(keys.hold(UserId{2}, {"b"}));
  }
  EXPECT_TRUE(keys.hold(UserId{1}, {"b"}));
}

TEST(keys_in_flight, a_refused_hold_leaves_nothing_held) {
  KeysInFlight keys;
  const auto first = keys.hold(UserId{1}, {"b"});
  EXPECT_FALSE(keys.hold(UserId{1}, {"a", "b"}));
  EXPECT_TRUE(keys.hold(UserId{1}, {"a"}));
}

TEST(keys_in_flight, there_is_a_bound) {
  KeysInFlight keys;
  const std::vector<std::string_view> too_many(KeysInFlight::keys_max + 1, "a");
  EXPECT_EQ(keys.hold(UserId{1}, too_many).error().code, ErrorCode::resource_exhausted);
}

}  // namespace
}  // namespace orc
