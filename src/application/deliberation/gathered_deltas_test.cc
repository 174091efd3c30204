#include "application/deliberation/gathered_deltas.h"

#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

class CountingWakeUp final : public WakeUp {
 public:
  void wake() override { ++count; }
  boost::asio::awaitable<void> wait(SteadyTime) override { co_return; }
  int count = 0;
};

class gathered_deltas : public testing::Test {
 protected:
  // "0.1: eleven" for what is told of agent 0 as attempt 0, part 1.
  std::string take() {
    std::string told;
    for (const DeliberationEvent& event : deltas.take())
      told += std::to_string(event.call.agent) + "/" + std::to_string(event.attempt) + "." + std::to_string(event.part) + " " + event.text +
              " ";
    return told;
  }

  FakeClock clock;
  CountingWakeUp wake_up;
  GatheredDeltas deltas{clock, wake_up};
  GatheredDeltas::Call first{deltas, {.agent = 0}};
  GatheredDeltas::Call second{deltas, {.agent = 1}};
};

TEST_F(gathered_deltas, texts_are_joined_until_their_time_has_come) {
  EXPECT_EQ(deltas.due(), SteadyTime::max());
  first.wrote("ele");
  EXPECT_EQ(deltas.due(), clock.steady_now() + delta_interval);
  clock.advance(249ms);
  first.wrote("ven");
  second.wrote("twelve");
  EXPECT_EQ(take(), "");
  clock.advance(1ms);
  EXPECT_EQ(take(), "0/1.1 eleven 1/1.1 twelve ");
  EXPECT_EQ(deltas.due(), SteadyTime::max());
  EXPECT_EQ(take(), "");
}

TEST_F(gathered_deltas, whoever_tells_is_woken_once_for_each_time) {
  first.wrote("a");
  first.wrote("b");
  second.wrote("c");
  EXPECT_EQ(wake_up.count, 1);
  clock.advance(delta_interval);
  take();
  first.wrote("");
  EXPECT_EQ(wake_up.count, 1);
  first.wrote("d");
  EXPECT_EQ(wake_up.count, 2);
  clock.advance(delta_interval);
  EXPECT_EQ(take(), "0/1.2 d ");
}

TEST_F(gathered_deltas, a_text_that_is_begun_anew_counts_from_one) {
  first.wrote("ele");
  clock.advance(delta_interval);
  take();
  first.wrote("lost");
  first.restarted();
  first.wrote("twelve");
  clock.advance(delta_interval);
  EXPECT_EQ(take(), "0/2.1 twelve ");
}

TEST_F(gathered_deltas, calls_of_one_agent_share_its_four_events_a_second_in_turns) {
  std::vector<std::unique_ptr<GatheredDeltas::Call>> samples;
  for (const std::uint32_t stage : {0U, 1U})
    for (std::uint32_t i = 0; i < 4; ++i)
      samples.push_back(std::make_unique<GatheredDeltas::Call>(deltas, CallName{.stage = stage, .agent = 7, .sample = i}));
  std::map<CallName, std::string> told;
  std::vector<SteadyTime> times;
  const SteadyTime end = clock.steady_now() + 4s;
  while (clock.steady_now() < end) {
    for (const auto& one : samples) one->wrote("x");
    first.wrote("y");
    EXPECT_LE(deltas.due(), clock.steady_now() + delta_interval);
    for (const DeliberationEvent& event : deltas.take()) {
      if (event.call.agent == 7) times.push_back(clock.steady_now());
      told[event.call] += event.text;
    }
    clock.advance(10ms);
  }
  for (std::size_t i = 1; i < times.size(); ++i) EXPECT_GE(times[i] - times[i - 1], delta_interval);
  EXPECT_GE(times.size(), 14U) << "as often as it may";
  for (std::uint32_t i = 0; i < 4; ++i) EXPECT_GE((told[{.agent = 7, .sample = i}].size()), 200U) << i;
  EXPECT_GE(told[CallName{}].size(), 350U) << "another agent has its own";
}

TEST_F(gathered_deltas, what_a_call_leaves_is_not_told) {
  {
    GatheredDeltas::Call third(deltas, {.agent = 2});
    third.wrote("all of it is in the answer");
  }
  clock.advance(delta_interval);
  EXPECT_EQ(take(), "");
}

TEST_F(gathered_deltas, no_more_than_a_few_hundred_are_taken_at_once_and_none_is_forgotten) {
  std::vector<std::unique_ptr<GatheredDeltas::Call>> many;
  for (std::uint32_t i = 0; i < GatheredDeltas::taken_max + 7; ++i)
    many.push_back(std::make_unique<GatheredDeltas::Call>(deltas, CallName{.agent = 10 + i}));
  for (const auto& one : many) one->wrote("x");
  clock.advance(delta_interval);
  EXPECT_EQ(deltas.take().size(), GatheredDeltas::taken_max);
  EXPECT_EQ(deltas.due(), clock.steady_now());
  EXPECT_EQ(deltas.take().size(), 7U);
  EXPECT_EQ(deltas.due(), SteadyTime::max());
}

TEST_F(gathered_deltas, who_writes_much_neither_keeps_those_behind_from_being_told_nor_is_told_more_often) {
  std::vector<std::unique_ptr<GatheredDeltas::Call>> many;
  for (std::uint32_t i = 0; i < GatheredDeltas::taken_max * 3 / 2; ++i)  // so that the second take has room for the first ones
    many.push_back(std::make_unique<GatheredDeltas::Call>(deltas, CallName{.agent = 10 + i}));
  const SteadyTime end = clock.steady_now() + 2s;
  std::map<std::uint32_t, std::vector<SteadyTime>> told;
  while (clock.steady_now() < end) {
    for (const auto& one : many) one->wrote("x");
    for (const DeliberationEvent& event : deltas.take()) told[event.call.agent].push_back(clock.steady_now());
    clock.advance(5ms);
  }
  EXPECT_EQ(told.size(), many.size());
  for (const auto& [agent, times] : told) {
    EXPECT_GE(times.size(), 7U) << agent;
    for (std::size_t i = 1; i < times.size(); ++i) EXPECT_GE(times[i] - times[i - 1], delta_interval) << agent;
  }
}

}  // namespace
}  // namespace orc
