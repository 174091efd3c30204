#include "application/deliberation/call_slots.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

struct Caller final : WakeUp {
  explicit Caller(CallSlots& slots) : share(slots, *this) {}
  void wake() override { ++calls; }
  boost::asio::awaitable<void> wait(SteadyTime) override { co_return; }

  int calls = 0;
  CallSlots::Share share;
};

constexpr std::size_t plenty = 1000;

TEST(CallSlots, whoever_waits_longest_is_called_when_one_is_free) {
  CallSlots slots({.calls_max = 1, .calls_of_one_max = 1, .bytes_max = plenty});
  Caller has(slots);
  Caller first(slots);
  Caller second(slots);
  EXPECT_TRUE(has.share.take(1));
  EXPECT_FALSE(first.share.take(1));
  EXPECT_FALSE(second.share.take(1));
  EXPECT_FALSE(first.share.take(1)) << "asking again keeps its place";
  has.share.give_back(1);
  EXPECT_EQ(first.calls, 1);
  EXPECT_EQ(second.calls, 0);
  EXPECT_TRUE(first.share.take(1));
  first.share.give_back(1);
  EXPECT_EQ(second.calls, 1);
}

TEST(CallSlots, a_free_one_is_for_who_waits_and_not_for_who_comes_by) {
  CallSlots slots({.calls_max = 8, .calls_of_one_max = 2, .bytes_max = plenty});
  Caller others[4] = {Caller(slots), Caller(slots), Caller(slots), Caller(slots)};
  for (int i = 0; i < 8; ++i) EXPECT_TRUE(others[i % 4].share.take(1));
  Caller waiting(slots);
  EXPECT_FALSE(waiting.share.take(1));
  others[0].share.give_back(1);
  EXPECT_FALSE(others[0].share.take(1)) << "the other was there first";
  EXPECT_EQ(waiting.calls, 1);
  EXPECT_TRUE(waiting.share.take(1));
  EXPECT_EQ(others[0].calls, 0);
  others[1].share.give_back(1);
  EXPECT_EQ(others[0].calls, 1) << "its turn, behind the other";
  EXPECT_TRUE(others[0].share.take(1));
}

TEST(CallSlots, one_has_its_part_and_waits_for_none_beyond_that) {
  CallSlots slots({.calls_max = 8, .calls_of_one_max = 2, .bytes_max = plenty});
  Caller greedy(slots);
  Caller other(slots);
  EXPECT_TRUE(greedy.share.take(1));
  EXPECT_TRUE(greedy.share.take(1));
  EXPECT_FALSE(greedy.share.take(1));
  EXPECT_TRUE(other.share.take(1)) << "who has its share stands in nobody's way";
  greedy.share.give_back(1);
  EXPECT_EQ(greedy.calls, 0) << "it gave that back itself";
  EXPECT_TRUE(greedy.share.take(1));
}

TEST(CallSlots, what_calls_keep_in_memory_is_bounded) {
  CallSlots slots({.calls_max = 100, .calls_of_one_max = 100, .bytes_max = 10});
  Caller has(slots);
  Caller large(slots);
  Caller small(slots);
  EXPECT_TRUE(has.share.take(6));
  EXPECT_TRUE(has.share.take(4));
  EXPECT_FALSE(large.share.take(100));
  EXPECT_FALSE(small.share.take(1));
  has.share.give_back(6);
  EXPECT_EQ(large.calls, 0);
  EXPECT_FALSE(small.share.take(1)) << "the large one would wait for ever";
  has.share.give_back(4);
  EXPECT_EQ(large.calls, 1);
  EXPECT_TRUE(large.share.take(100)) << "it has them all for itself";
  EXPECT_EQ(small.calls, 0);
  large.share.give_back(100);
  EXPECT_EQ(small.calls, 1);
}

TEST(CallSlots, one_that_ends_when_it_was_called_leaves_its_slot_to_the_next) {
  CallSlots slots({.calls_max = 1, .calls_of_one_max = 1, .bytes_max = plenty});
  Caller has(slots);
  Caller cancelled(slots);
  Caller next(slots);
  EXPECT_TRUE(has.share.take(1));
  EXPECT_FALSE(cancelled.share.take(1));
  EXPECT_FALSE(next.share.take(1));
  has.share.give_back(1);
  cancelled.share.forget();
  EXPECT_EQ(next.calls, 1);
}

TEST(CallSlots, who_is_forgotten_is_not_called) {
  CallSlots slots({.calls_max = 1, .calls_of_one_max = 1, .bytes_max = plenty});
  Caller has(slots);
  Caller gone(slots);
  EXPECT_TRUE(has.share.take(1));
  EXPECT_FALSE(gone.share.take(1));
  gone.share.forget();
  has.share.give_back(1);
  EXPECT_EQ(gone.calls, 0);
}

}  // namespace
}  // namespace orc
