#include "adapters/sandbox/slot_pool.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gmock/gmock.h>
#include <list>
#include <string>

namespace orc {
namespace {

using testing::ElementsAre;

// A pool of two slots, and people who take one each and keep it.
class SlotPoolTest : public testing::Test {
 protected:
  struct Taker {
    std::string name;
    SlotPool::Waiter waiter;
    std::optional<SlotPool::Lease> lease;
  };

  void SetUp() override {
    for (const int number : {0, 1}) pool_.add({.number = number, .own_id = {}, .cgroup = {}, .folder = {}});
  }

  void TearDown() override {
    for (Taker& taker : takers_) taker.waiter.give_up();
    drain();
  }

  Taker& take(const std::string& name) {
    Taker& taker = takers_.emplace_back(Taker{.name = name, .waiter = SlotPool::Waiter(io_.get_executor()), .lease = {}});
    const auto run = [this, &taker]() -> boost::asio::awaitable<void> {
      taker.lease.emplace(co_await pool_.take(taker.waiter));
      if (*taker.lease) got_.push_back(taker.name);
    };
    boost::asio::co_spawn(io_, run, boost::asio::detached);
    return taker;
  }
  void drain() {
    io_.restart();
    io_.poll();
  }

  SlotPool pool_;
  std::vector<std::string> got_;
  boost::asio::io_context io_{1};
  std::list<Taker> takers_;
};

TEST_F(SlotPoolTest, two_slots_that_come_back_at_once_go_to_two_who_wait) {
  Taker& first = take("first");
  Taker& second = take("second");
  take("third");
  take("fourth");
  drain();
  first.lease.reset();
  second.lease.reset();
  drain();
  EXPECT_THAT(got_, ElementsAre("first", "second", "third", "fourth"));
}

TEST_F(SlotPoolTest, nobody_overtakes_who_was_given_a_slot_and_has_not_resumed_yet) {
  Taker& first = take("first");
  Taker& second = take("second");
  drain();
  take("third");
  drain();
  take("newcomer");  // takes before "third", which is woken after it, resumes
  first.lease.reset();
  drain();
  EXPECT_THAT(got_, ElementsAre("first", "second", "third"));
  second.lease.reset();
  drain();
  EXPECT_THAT(got_, ElementsAre("first", "second", "third", "newcomer"));
}

TEST_F(SlotPoolTest, who_gives_up_when_given_a_slot_leaves_it_to_the_next) {
  Taker& first = take("first");
  take("second");
  Taker& third = take("third");
  take("fourth");
  drain();
  first.lease.reset();
  third.waiter.give_up();
  drain();
  EXPECT_THAT(got_, ElementsAre("first", "second", "fourth"));
  ASSERT_TRUE(third.lease);
  EXPECT_FALSE(*third.lease);
}

TEST_F(SlotPoolTest, who_gives_up_in_line_is_passed_over) {
  Taker& first = take("first");
  take("second");
  Taker& third = take("third");
  take("fourth");
  drain();
  third.waiter.give_up();
  first.lease.reset();
  drain();
  EXPECT_THAT(got_, ElementsAre("first", "second", "fourth"));
}

}  // namespace
}  // namespace orc
