#include "application/deliberation/call_slots.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

struct Caller final : WakeUp {
  void wake() override { ++calls; }
  boost::asio::awaitable<void> wait(SteadyTime) override { co_return; }

  int calls = 0;
};

TEST(CallSlots, whoever_waits_longest_is_called_when_one_is_free) {
  CallSlots slots(1);
  Caller has;
  Caller first;
  Caller second;
  EXPECT_TRUE(slots.take(has));
  EXPECT_FALSE(slots.take(first));
  EXPECT_FALSE(slots.take(second));
  EXPECT_FALSE(slots.take(first)) << "asking again keeps its place";
  slots.give_back();
  EXPECT_EQ(first.calls, 1);
  EXPECT_EQ(second.calls, 0);
  EXPECT_TRUE(slots.take(first));
  slots.give_back();
  EXPECT_EQ(second.calls, 1);
}

TEST(CallSlots, one_that_ends_when_it_was_called_leaves_its_slot_to_the_next) {
  CallSlots slots(1);
  Caller has;
  Caller cancelled;
  Caller next;
  EXPECT_TRUE(slots.take(has));
  EXPECT_FALSE(slots.take(cancelled));
  EXPECT_FALSE(slots.take(next));
  slots.give_back();
  slots.forget(cancelled);
  EXPECT_EQ(next.calls, 1);
}

TEST(CallSlots, who_is_forgotten_is_not_called) {
  CallSlots slots(1);
  Caller has;
  Caller gone;
  EXPECT_TRUE(slots.take(has));
  EXPECT_FALSE(slots.take(gone));
  slots.forget(gone);
  slots.give_back();
  EXPECT_EQ(gone.calls, 0);
}

}  // namespace
}  // namespace orc
