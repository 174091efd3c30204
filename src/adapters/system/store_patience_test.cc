#include "adapters/system/store_patience.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/this_coro.hpp>
#include <gtest/gtest.h>
#include <set>
#include <vector>

namespace orc {
namespace {

using namespace std::chrono_literals;

struct StorePatienceTest : testing::Test {
  SteadyTime at(std::chrono::milliseconds time) const { return start + time; }
  // How long a question may take that is asked now.
  std::chrono::milliseconds left(std::chrono::milliseconds now) {
    patience.begin(at(now), 0ms);
    const auto may_take = std::chrono::duration_cast<std::chrono::milliseconds>(patience.deadline() - at(now));
    patience.end(at(now));
    return may_take;
  }
  void ask(std::chrono::milliseconds begin, std::chrono::milliseconds end) {
    patience.begin(at(begin), 0ms);
    patience.end(at(end));
  }

  const SteadyTime start = SteadyTime{} + 1h;
  StorePatience patience;
};

TEST_F(StorePatienceTest, questions_one_after_the_other_share_the_time_of_one) {
  EXPECT_EQ(left(0ms), 1500ms);
  ask(0ms, 600ms);
  EXPECT_EQ(left(600ms), 900ms);
  ask(600ms, 1200ms);
  EXPECT_EQ(left(1200ms), 300ms);
  ask(1200ms, 1600ms);
  EXPECT_LT(left(1600ms), 0ms);
}

TEST_F(StorePatienceTest, questions_side_by_side_cost_the_time_of_one) {
  patience.begin(at(0ms), 0ms);
  patience.begin(at(100ms), 0ms);
  EXPECT_EQ(patience.deadline(), at(1500ms));
  patience.end(at(600ms));
  patience.end(at(700ms));
  EXPECT_EQ(left(700ms), 800ms);
}

TEST_F(StorePatienceTest, time_in_which_nothing_is_asked_is_given_back) {
  ask(0ms, 1000ms);
  EXPECT_EQ(left(1200ms), 700ms);
  EXPECT_EQ(left(60'000ms), 1500ms) << "no more than it was";
}

TEST_F(StorePatienceTest, each_request_begins_anew) {
  ask(0ms, 1500ms);
  patience.renew(at(1500ms));
  EXPECT_EQ(left(1500ms), 1500ms);
}

TEST_F(StorePatienceTest, who_has_much_to_carry_may_take_longer_and_the_next_question_may_not) {
  patience.begin(at(0ms), 10'000ms);
  EXPECT_EQ(patience.deadline(), at(11'500ms));
  patience.end(at(1000ms));
  EXPECT_EQ(left(1000ms), 1500ms);
}

TEST_F(StorePatienceTest, it_travels_with_the_coroutine_and_with_what_that_calls_and_spawns) {
  boost::asio::io_context io;
  const auto mine = std::make_shared<StorePatience>();
  std::vector<std::shared_ptr<StorePatience>> found;
  const auto look = [&]() -> boost::asio::awaitable<void> { found.push_back(patience_of(co_await boost::asio::this_coro::executor)); };
  const auto request = [&]() -> boost::asio::awaitable<void> {
    co_await look();
    boost::asio::co_spawn(co_await boost::asio::this_coro::executor, look(), boost::asio::detached);
  };
  boost::asio::co_spawn(PatientExecutor(io, mine), request(), boost::asio::detached);
  boost::asio::co_spawn(io, look(), boost::asio::detached);
  io.run();
  const std::vector<std::shared_ptr<StorePatience>> expected = {mine, nullptr, mine};
  EXPECT_EQ(std::multiset(found.begin(), found.end()), std::multiset(expected.begin(), expected.end()));
}

}  // namespace
}  // namespace orc
