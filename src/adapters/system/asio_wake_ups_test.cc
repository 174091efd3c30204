#include "adapters/system/asio_wake_ups.h"

#include <gtest/gtest.h>
#include <thread>

#include "tests/contract/run_async.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

struct AsioWakeUpsTest : testing::Test {
  AsioWakeUps wake_ups{loop_of_this_thread().get_executor()};

  // How long a wait of up to `patience` took.
  std::chrono::nanoseconds waited(WakeUp& wake_up, std::chrono::milliseconds patience) {
    const auto begin = std::chrono::steady_clock::now();
    ok([&]() -> Async<void> {
      co_await wake_up.wait(begin + patience);
      co_return Result<void>{};
    }());
    return std::chrono::steady_clock::now() - begin;
  }
};

TEST_F(AsioWakeUpsTest, without_a_call_the_wait_ends_at_its_time) {
  const auto wake_up = wake_ups.make();
  EXPECT_GE(waited(*wake_up, 20ms), 20ms);
}

TEST_F(AsioWakeUpsTest, a_call_from_another_thread_ends_the_wait) {
  const auto wake_up = wake_ups.make();
  std::jthread caller([&] { wake_up->wake(); });
  EXPECT_LT(waited(*wake_up, 20s), 10s);
}

TEST_F(AsioWakeUpsTest, a_call_that_nobody_heard_ends_one_later_wait) {
  const auto wake_up = wake_ups.make();
  wake_up->wake();
  loop_of_this_thread().restart();
  loop_of_this_thread().poll();
  EXPECT_LT(waited(*wake_up, 20s), 10s);
  EXPECT_GE(waited(*wake_up, 20ms), 20ms);
}

TEST_F(AsioWakeUpsTest, one_that_is_gone_hears_nothing) {
  auto wake_up = wake_ups.make();
  wake_up->wake();
  wake_up.reset();
  loop_of_this_thread().restart();
  EXPECT_EQ(loop_of_this_thread().poll(), 1u);
}

}  // namespace
}  // namespace orc
