#include "adapters/http/byte_budget.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

TEST(ByteBudget, the_allowance_is_free_and_the_rest_is_counted) {
  ByteBudget budget(100, 10);
  ByteBudget::Share share(budget, "share");
  EXPECT_TRUE(share.try_hold(10, HeldFor::answer));
  EXPECT_EQ(budget.held(), 0U);
  EXPECT_TRUE(share.try_hold(110, HeldFor::answer));
  EXPECT_EQ(budget.held(), 100U);
}

TEST(ByteBudget, what_does_not_fit_changes_nothing) {
  ByteBudget budget(100, 10);
  ByteBudget::Share first(budget, "first");
  ByteBudget::Share second(budget, "second");
  EXPECT_TRUE(first.try_hold(70, HeldFor::answer));
  EXPECT_TRUE(second.try_hold(20, HeldFor::answer));
  EXPECT_FALSE(second.try_hold(51, HeldFor::answer));
  EXPECT_EQ(budget.held(), 70U);
  EXPECT_TRUE(second.try_hold(50, HeldFor::answer)) << "its own bytes are not in its way";
  EXPECT_EQ(budget.held(), 100U);
}

TEST(ByteBudget, everybody_keeps_the_allowance_when_nothing_is_left) {
  ByteBudget budget(100, 10);
  ByteBudget::Share greedy(budget, "greedy");
  ByteBudget::Share modest(budget, "modest");
  EXPECT_TRUE(greedy.try_hold(110, HeldFor::answer));
  EXPECT_TRUE(modest.try_hold(10, HeldFor::answer));
  EXPECT_FALSE(modest.try_hold(11, HeldFor::answer));
}

TEST(ByteBudget, bodies_leave_a_quarter_to_answers) {
  ByteBudget budget(100, 10);
  ByteBudget::Share upload(budget, "upload");
  EXPECT_FALSE(upload.try_hold(86, HeldFor::body));
  EXPECT_TRUE(upload.try_hold(85, HeldFor::body));
  ByteBudget::Share answer(budget, "answer");
  EXPECT_TRUE(answer.try_hold(35, HeldFor::answer));
  ByteBudget::Share late(budget, "late");
  EXPECT_FALSE(late.try_hold(11, HeldFor::body));
}

TEST(ByteBudget, what_is_there_already_may_pass_the_bound_and_then_only_shrink) {
  ByteBudget budget(100, 10);
  ByteBudget::Share answer(budget, "answer");
  answer.hold(310);
  EXPECT_EQ(budget.held(), 300U);
  EXPECT_FALSE(answer.try_hold(311, HeldFor::answer));
  EXPECT_TRUE(answer.try_hold(210, HeldFor::answer));
  EXPECT_EQ(budget.held(), 200U);
}

TEST(ByteBudget, a_record_larger_than_the_whole_is_read_where_nobody_holds_anything) {
  ByteBudget budget(100, 10);
  {
    ByteBudget::Share large(budget, "large");
    EXPECT_FALSE(large.try_hold(311, HeldFor::answer));
    EXPECT_TRUE(large.try_hold(311, HeldFor::record));
    EXPECT_TRUE(large.try_hold(211, HeldFor::answer)) << "what is made of it";
    ByteBudget::Share second(budget, "second");
    EXPECT_FALSE(second.try_hold(11, HeldFor::record));
  }
  ByteBudget::Share small(budget, "small");
  EXPECT_TRUE(small.try_hold(11, HeldFor::answer));
  ByteBudget::Share late(budget, "late");
  EXPECT_FALSE(late.try_hold(311, HeldFor::record));
}

TEST(ByteBudget, a_share_gives_back_what_it_held) {
  ByteBudget budget(100, 10);
  {
    ByteBudget::Share share(budget, "share");
    ASSERT_TRUE(share.try_hold(60, HeldFor::answer));
  }
  EXPECT_EQ(budget.held(), 0U);
  ByteBudget::Share next(budget, "next");
  EXPECT_TRUE(next.try_hold(110, HeldFor::answer));
  EXPECT_FALSE(next.try_hold(std::uint64_t(-1), HeldFor::answer)) << "no sum overflows";
}

TEST(ByteBudget, one_address_leaves_half_of_the_room_to_the_others) {
  ByteBudget budget(80, 0);
  ByteBudget::Share first(budget, "a");
  ByteBudget::Share second(budget, "a");
  EXPECT_TRUE(first.try_hold(20, HeldFor::body));
  EXPECT_TRUE(second.try_hold(10, HeldFor::body));
  EXPECT_FALSE(second.try_hold(11, HeldFor::body));
  EXPECT_FALSE(second.could_hold(11, HeldFor::body));
  EXPECT_TRUE(second.try_hold(20, HeldFor::answer));
  EXPECT_FALSE(second.try_hold(21, HeldFor::answer));
  ByteBudget::Share other(budget, "b");
  EXPECT_TRUE(other.try_hold(20, HeldFor::body));
  first.hold(0);
  EXPECT_TRUE(second.try_hold(40, HeldFor::body)) << "alone it may be larger";
}

}  // namespace
}  // namespace orc
