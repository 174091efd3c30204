#include "adapters/system/work_pool.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <future>
#include <gtest/gtest.h>

namespace orc {
namespace {

class WorkPoolTest : public testing::Test {
 protected:
  template <typename Work>
  void start(WorkPool& pool, Work work) {
    boost::asio::co_spawn(loop_, pool.run(std::move(work)), [this](std::exception_ptr error, Result<int> answer) {
      EXPECT_FALSE(error);
      resumed_on_ = std::this_thread::get_id();
      answers_.push_back(std::move(answer));
    });
  }

  // Its one thread works until the gate opens, and then answers 1.
  void occupy(WorkPool& pool, std::promise<void>& gate) {
    std::promise<void> running;
    start(pool, [&]() -> Result<int> {
      running.set_value();
      gate.get_future().wait();
      return 1;
    });
    loop_.poll();
    running.get_future().wait();
  }

  boost::asio::io_context loop_;
  std::vector<Result<int>> answers_;
  std::thread::id resumed_on_;
};

TEST_F(WorkPoolTest, work_runs_on_another_thread_and_its_answer_comes_back_on_the_callers) {
  WorkPool pool("things", {.threads = 1, .waiting_max = 1});
  std::thread::id worked_on;
  start(pool, [&]() -> Result<int> {
    worked_on = std::this_thread::get_id();
    return 7;
  });
  loop_.run();
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_[0], 7);
  EXPECT_NE(worked_on, std::this_thread::get_id());
  EXPECT_EQ(resumed_on_, std::this_thread::get_id());
}

TEST_F(WorkPoolTest, errors_of_the_work_are_answers) {
  WorkPool pool("things", {.threads = 1, .waiting_max = 1});
  start(pool, []() -> Result<int> { return fail(ErrorCode::conflict, "no"); });
  loop_.run();
  EXPECT_EQ(answers_[0].error().code, ErrorCode::conflict);
}

TEST_F(WorkPoolTest, what_does_not_fit_the_queue_is_refused_at_once) {
  WorkPool pool("things", {.threads = 1, .waiting_max = 2});
  std::promise<void> gate;
  auto opened = gate.get_future().share();
  for (int i = 0; i < 4; ++i)
    start(pool, [opened, i]() -> Result<int> {
      opened.wait();
      return i;
    });
  loop_.poll();
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_[0].error().code, ErrorCode::resource_exhausted);
  EXPECT_EQ(answers_[0].error().message, "too many things are waiting (2); try again in a moment");
  gate.set_value();
  loop_.restart();
  loop_.run();
  EXPECT_EQ(answers_.size(), 4U);
}

TEST_F(WorkPoolTest, whoever_has_an_answer_finds_the_place_free) {
  WorkPool pool("things", {.threads = 1, .waiting_max = 0});
  auto one_after_another = [](WorkPool& things) -> boost::asio::awaitable<Result<int>> {
    auto work = []() -> Result<int> { return 1; };
    for (int i = 0; i < 200; ++i)
      if (auto answer = co_await things.run(work); !answer) co_return answer;
    co_return 200;
  };
  boost::asio::co_spawn(loop_, one_after_another(pool),
                        [this](std::exception_ptr, Result<int> answer) { answers_.push_back(std::move(answer)); });
  loop_.run();
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_[0], 200);
}

TEST_F(WorkPoolTest, who_waits_in_vain_is_told_while_the_thread_is_busy) {
  WorkPool pool("things", {.threads = 1, .waiting_max = 5});
  std::promise<void> gate;
  occupy(pool, gate);
  const SteadyTime now = std::chrono::steady_clock::now();
  for (const auto wait : {std::chrono::seconds{60}, std::chrono::seconds{1}, std::chrono::seconds{60}})
    boost::asio::co_spawn(loop_, pool.run_before(now + wait, []() -> Result<int> { return 2; }),
                          [this](std::exception_ptr, Result<int> answer) { answers_.push_back(std::move(answer)); });
  loop_.poll();
  pool.refuse_late(now, {ErrorCode::unavailable, "too late"});
  EXPECT_EQ(pool.waiting(), 3U);
  pool.refuse_late(now + std::chrono::seconds{30}, {ErrorCode::unavailable, "too late"});
  EXPECT_EQ(pool.waiting(), 2U);
  loop_.poll();
  ASSERT_EQ(answers_.size(), 1U);
  EXPECT_EQ(answers_[0].error().message, "too late");
  gate.set_value();
  loop_.restart();
  loop_.run();
  EXPECT_EQ(answers_, (std::vector<Result<int>>{answers_[0], 1, 2, 2}));
}

TEST_F(WorkPoolTest, a_stop_finishes_what_runs_and_refuses_what_waits) {
  WorkPool pool("things", {.threads = 1, .waiting_max = 5});
  std::promise<void> gate;
  occupy(pool, gate);
  start(pool, []() -> Result<int> { return 2; });
  loop_.poll();
  EXPECT_EQ(pool.waiting(), 1U);
  std::thread stopper([&] { pool.stop(); });
  loop_.restart();
  while (answers_.empty()) loop_.run_one();
  EXPECT_EQ(answers_[0].error().code, ErrorCode::unavailable);
  gate.set_value();
  stopper.join();
  start(pool, []() -> Result<int> { return 3; });
  loop_.restart();
  loop_.run();
  ASSERT_EQ(answers_.size(), 3U);
  EXPECT_EQ(answers_[1], 1);
  EXPECT_EQ(answers_[2].error().code, ErrorCode::unavailable);
}

TEST_F(WorkPoolTest, a_loop_that_ended_early_leaves_nothing_behind) {
  boost::asio::io_context short_lived;
  WorkPool pool("things", {.threads = 1, .waiting_max = 5});
  boost::asio::co_spawn(short_lived, pool.run([]() -> Result<int> { return 1; }), [](std::exception_ptr, Result<int>) {});
  short_lived.poll();
}

}  // namespace
}  // namespace orc
