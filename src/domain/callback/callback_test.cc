#include "domain/callback/callback.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

using namespace std::chrono_literals;
using Kind = CallbackAnswer::Kind;

CallbackTry judged(Kind kind, int number, double dice = 0.5) {
  return judge_callback(CallbackId{7}, number, {.kind = kind, .status = {}, .reason = "it did not answer", .asked_for = {}}, dice);
}

TEST(Callback, what_was_taken_is_delivered_at_whatever_try) {
  for (const int number : {1, 5, callback_tries_max, callback_tries_max + 3}) {
    EXPECT_EQ(judged(Kind::taken, number).state, CallbackState::delivered);
    EXPECT_EQ(judged(Kind::taken, number).number, number);
  }
}

TEST(Callback, a_receiver_that_is_gone_is_not_asked_again) {
  EXPECT_EQ(judged(Kind::gone, 1).state, CallbackState::given_up);
  EXPECT_EQ(judged(Kind::gone, 1).wait, std::nullopt);
}

TEST(Callback, a_try_that_we_broke_off_ends_nothing) {
  EXPECT_EQ(judged(Kind::cut, callback_tries_max).state, CallbackState::waiting);
  EXPECT_EQ(judged(Kind::cut, callback_tries_max).wait, 1s);
}

TEST(Callback, waits_grow_and_end) {
  const std::chrono::milliseconds expected[] = {1s, 5s, 30s, 2min, 10min, 1h, 3h, 6h};
  int number = 1;
  for (const auto wait : expected) {
    const CallbackTry tried = judged(Kind::not_taken, number++);
    EXPECT_EQ(tried.state, CallbackState::waiting);
    EXPECT_EQ(tried.wait, wait);
    EXPECT_EQ(tried.answer.reason, "it did not answer");
  }
  EXPECT_EQ(number, callback_tries_max);
  EXPECT_EQ(judged(Kind::not_taken, number).state, CallbackState::given_up);
  EXPECT_EQ(judged(Kind::not_taken, number + 1).state, CallbackState::given_up) << "the tries that were lost with their process count";
}

TEST(Callback, waits_are_spread_by_a_fifth_either_way) {
  EXPECT_EQ(judged(Kind::not_taken, 2, 0.0).wait, 4s);
  EXPECT_EQ(judged(Kind::not_taken, 2, 1.0).wait, 6s);
}

TEST(Callback, a_receiver_that_asks_for_a_longer_wait_gets_it) {
  const auto wait_after = [](std::chrono::seconds asked_for, int number) {
    return judge_callback(CallbackId{7}, number, {.kind = Kind::not_taken, .status = 429, .reason = "busy", .asked_for = asked_for}, 0.5)
        .wait;
  };
  EXPECT_EQ(wait_after(90s, 1), 90s);
  EXPECT_EQ(wait_after(90s, 4), 2min) << "the schedule's own is longer";
  EXPECT_EQ(wait_after(24h, 1), 6h) << "nobody is put off for longer than the schedule's longest wait";
  EXPECT_EQ(
      judge_callback(CallbackId{7}, callback_tries_max, {.kind = Kind::not_taken, .status = 429, .reason = "busy", .asked_for = 90s}, 0.5)
          .state,
      CallbackState::given_up);
}

TEST(Callback, the_name_of_a_message_tells_deliveries_and_installations_apart) {
  EXPECT_EQ(webhook_id(CallbackId{3}, JobId{17}, timestamp_from_ms(1'700'000'000'123)), "job_17_3_1700000000123");
}

}  // namespace
}  // namespace orc
