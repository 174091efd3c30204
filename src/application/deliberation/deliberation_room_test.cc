// What bounds the deliberations of a process: open calls, and what prompts, answers and records keep in memory.

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "tests/fakes/deliberation_runner_fixture.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

TEST_F(deliberation_runner, never_more_calls_are_open_than_may_be) {
  model.takes = [](const ModelQuestion&) { return 10ms; };
  for (int i = 0; i < 4; ++i) add();
  work([&] { return store.running_now() == 0; }, {.deliberations_max = 2, .calls_max = 4});
  EXPECT_EQ(store.running_now(), 0);
  EXPECT_EQ(model.open_most, 4);
  EXPECT_EQ(model.questions.size(), 12u);
}

TEST_F(deliberation_runner, what_would_keep_too_much_in_memory_waits_in_the_store) {
  model.takes = [](const ModelQuestion&) { return 10ms; };
  for (int i = 0; i < 3; ++i) add();
  std::size_t running_most = 0;
  work(
      [&] {
        running_most = std::max(running_most, runner->running());
        return store.running_now() == 0;
      },
      {.deliberation_bytes_max = 1});
  EXPECT_EQ(store.running_now(), 0);
  EXPECT_EQ(running_most, 1u) << "one at least, however large";
}

TEST_F(deliberation_runner, while_answers_hold_all_that_they_may_nothing_more_is_taken_up) {
  model.takes = [n = 0](const ModelQuestion&) mutable { return ++n == 1 ? 0ms : 5000ms; };
  const std::string first = add();
  std::string second;
  bool was_early = false;
  work(
      [&] {
        if (second.empty() && store.calls_now(first) == 1) {
          second = add();
          runner->submitted(second);
        }
        was_early = was_early || (runner->running() > 1);
        return store.running_now() == 0 && !second.empty();
      },
      {.answer_bytes_max = 1});
  EXPECT_FALSE(was_early);
  EXPECT_EQ(get(second).status(), DeliberationStatus::completed);
}

TEST_F(deliberation_runner, after_a_restart_few_records_are_read_at_once_as_they_may_be_large) {
  std::size_t reading = 0;
  std::size_t reading_most = 0;
  store.before_calls = [&]() -> boost::asio::awaitable<void> {
    const auto rest = wake_ups.make();
    reading_most = std::max(reading_most, ++reading);
    co_await rest->wait(clock.steady_now() + 10ms);
    --reading;
  };
  for (int i = 0; i < 20; ++i) add();
  const SteadyTime begun = clock.steady_now();
  work([&] { return store.running_now() == 0; }, {.records_read_max = 3});
  EXPECT_EQ(store.running_now(), 0);
  EXPECT_EQ(reading_most, 3u);
  EXPECT_LT(clock.steady_now() - begun, 2s) << "the next one is read as soon as there is room";
}

TEST_F(deliberation_runner, a_large_record_is_taken_up_by_and_by) {
  model.takes = [n = 0](const ModelQuestion&) mutable { return ++n < 60 ? 0ms : 100'000ms; };
  model.says = [n = 0](const ModelQuestion&) mutable -> Result<ModelAnswer> {
    std::string text;
    for (int word = 0; word < 6000; ++word) text += std::to_string((n * 31 + word) % 5000) + " ";
    ++n;
    return ModelAnswer{.text = std::move(text)};
  };
  PlanFields plan = *preset_plan("independent", {}).value();
  plan.stages[0].samples = 3;
  const std::string id = add(DeliberationPlan::create(plan).value(), 20);
  work([&] { return store.calls_now(id) == 59; });
  int turns = 0;
  bool is_taken_up = false;
  const auto others = [&]() -> boost::asio::awaitable<void> {
    while (!is_taken_up) {
      ++turns;
      co_await boost::asio::post(boost::asio::use_awaitable);
    }
  };
  store.before_calls = [&]() -> boost::asio::awaitable<void> {
    boost::asio::co_spawn(*executor, others(), boost::asio::detached);
    co_return;
  };
  model.takes = [&](const ModelQuestion&) {
    is_taken_up = true;
    return 100'000ms;
  };
  work([&] { return is_taken_up; });
  EXPECT_GT(turns, 5);
}

TEST_F(deliberation_runner, calls_whose_prompts_would_keep_too_much_in_memory_wait) {
  model.takes = [](const ModelQuestion&) { return 10ms; };
  for (int i = 0; i < 2; ++i) add();
  work([&] { return store.running_now() == 0; }, {.call_bytes_max = 1});
  EXPECT_EQ(store.running_now(), 0);
  EXPECT_EQ(model.open_most, 1) << "one at least, however large";
}

TEST_F(deliberation_runner, one_that_has_its_part_of_the_calls_leaves_room_for_others) {
  model.takes = [n = 0](const ModelQuestion&) mutable { return ++n <= 2 ? 100'000ms : 10ms; };
  const std::string slow = add();
  const std::string quick = add(preset_plan("independent", {}).value(), 1);
  work([&] { return store.running_now() == 1; }, {.calls_max = 3, .calls_of_one_max = 2});
  EXPECT_EQ(get(quick).status(), DeliberationStatus::completed);
  EXPECT_EQ(get(slow).status(), DeliberationStatus::running);
}

}  // namespace
}  // namespace orc
