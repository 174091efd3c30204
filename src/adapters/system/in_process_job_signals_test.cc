#include "adapters/system/in_process_job_signals.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <thread>

namespace orc {
namespace {

using namespace std::chrono_literals;

SteadyTime in(std::chrono::milliseconds wait) { return std::chrono::steady_clock::now() + wait; }

class InProcessJobSignalsTest : public testing::Test {
 protected:
  void start(boost::asio::awaitable<void> wait) {
    boost::asio::co_spawn(loop_, std::move(wait), [this](std::exception_ptr) { ++resumed_; });
    loop_.poll();
    loop_.restart();
  }
  void run_ready() {
    loop_.poll();
    loop_.restart();
  }

  boost::asio::io_context loop_;
  InProcessJobSignals signals_;
  int resumed_ = 0;
};

TEST_F(InProcessJobSignalsTest, who_waits_for_work_resumes_when_some_arrives) {
  start(signals_.wait_for_work(signals_.work_hints(), in(1h)));
  EXPECT_EQ(resumed_, 0);
  signals_.work_arrived();
  signals_.work_arrived();
  run_ready();
  EXPECT_EQ(resumed_, 1);
}

TEST_F(InProcessJobSignalsTest, work_that_arrived_after_the_look_is_not_missed_by_anybody) {
  const std::uint64_t seen = signals_.work_hints();
  for (int i = 0; i < 10; ++i) signals_.work_arrived();
  start(signals_.wait_for_work(seen, in(1h)));
  start(signals_.wait_for_work(seen, in(1h)));
  EXPECT_EQ(resumed_, 2);
  start(signals_.wait_for_work(signals_.work_hints(), in(1h)));
  start(signals_.wait_for_work(signals_.work_hints(), in(1h)));
  EXPECT_EQ(resumed_, 2);
  signals_.work_arrived();
  run_ready();
  EXPECT_EQ(resumed_, 4);
}

TEST_F(InProcessJobSignalsTest, waits_end_at_their_time) {
  start(signals_.wait_for_work(signals_.work_hints(), in(-1ms)));
  start(signals_.wait_for_end(JobId{1}, in(-1ms)));
  loop_.run();
  EXPECT_EQ(resumed_, 2);
}

TEST_F(InProcessJobSignalsTest, only_those_who_wait_for_that_job_resume) {
  start(signals_.wait_for_end(JobId{1}, in(1h)));
  start(signals_.wait_for_end(JobId{1}, in(1h)));
  start(signals_.wait_for_end(JobId{2}, in(1h)));
  signals_.job_ended(JobId{1});
  run_ready();
  EXPECT_EQ(resumed_, 2);
  signals_.job_ended(JobId{2});
  run_ready();
  EXPECT_EQ(resumed_, 3);
}

TEST_F(InProcessJobSignalsTest, an_end_between_the_look_and_the_wait_is_not_missed_and_tells_once) {
  signals_.job_ended(JobId{5});
  start(signals_.wait_for_end(JobId{5}, in(1h)));
  EXPECT_EQ(resumed_, 1);
  start(signals_.wait_for_end(JobId{5}, in(1h)));
  EXPECT_EQ(resumed_, 1) << "a second wait would otherwise turn in circles";
  signals_.job_ended(JobId{5});
  run_ready();
  EXPECT_EQ(resumed_, 2);
}

TEST_F(InProcessJobSignalsTest, a_watch_calls_for_its_job_until_it_is_destroyed) {
  int called = 0;
  auto watch = signals_.watch(JobId{1}, [&] { ++called; });
  const auto other = signals_.watch(JobId{2}, [&] { called += 100; });
  signals_.job_ended(JobId{1});
  EXPECT_EQ(called, 1);
  watch.reset();
  signals_.job_ended(JobId{1});
  EXPECT_EQ(called, 1);
}

TEST_F(InProcessJobSignalsTest, a_loop_that_ends_takes_its_waiters_along) {
  {
    boost::asio::io_context short_lived;
    boost::asio::co_spawn(short_lived, signals_.wait_for_end(JobId{1}, in(1h)), [](std::exception_ptr) {});
    boost::asio::co_spawn(short_lived, signals_.wait_for_work(signals_.work_hints(), in(1h)), [](std::exception_ptr) {});
    short_lived.poll();
  }
  signals_.job_ended(JobId{1});
  signals_.work_arrived();
}

TEST_F(InProcessJobSignalsTest, signals_of_other_threads_resume_the_loop) {
  start(signals_.wait_for_work(signals_.work_hints(), in(1h)));
  start(signals_.wait_for_end(JobId{3}, in(1h)));
  std::thread other([this] {
    signals_.work_arrived();
    signals_.job_ended(JobId{3});
  });
  loop_.run();
  other.join();
  EXPECT_EQ(resumed_, 2);
}

}  // namespace
}  // namespace orc
