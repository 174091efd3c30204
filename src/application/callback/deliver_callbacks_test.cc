#include "application/callback/deliver_callbacks.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <gtest/gtest.h>

#include "tests/fakes/fake_world.h"

namespace orc {

namespace asio = boost::asio;

namespace {

using namespace std::chrono_literals;
using Kind = CallbackAnswer::Kind;

// Answers what a test tells it to; while it is held up, what is sent waits.
class ScriptedSender final : public CallbackSender {
 public:
  boost::asio::awaitable<CallbackAnswer> send(const DueCallback& callback) override {
    sent.push_back(callback);
    ++at_once;
    most_at_once = std::max(most_at_once, at_once);
    if (is_held_up && !callback.url.contains("quick")) co_await gate_.async_wait(asio::as_tuple(asio::use_awaitable));
    --at_once;
    co_return CallbackAnswer{.kind = kind, .status = 200, .reason = kind == Kind::taken ? "" : "it answered so"};
  }
  void let_go() {
    is_held_up = false;
    gate_.cancel();
  }

  Kind kind = Kind::taken;
  bool is_held_up = false;
  std::vector<DueCallback> sent;
  int at_once = 0;
  int most_at_once = 0;

 private:
  asio::steady_timer gate_{loop_of_this_thread(), SteadyTime::max()};
};

struct DeliverCallbacksTest : testing::Test {
  FakeWorld world;
  ScriptedSender sender;
  DeliverCallbacks duty{loop_of_this_thread().get_executor(),
                        {.store = world.callbacks,
                         .sender = sender,
                         .wake_ups = world.wake_ups,
                         .random = world.random,
                         .clock = world.clock,
                         .log = world.log},
                        CallbackOrigins({"https://hooks.example.org", "https://quick.example.org"})};

  JobId ended(const std::string& url = "https://hooks.example.org/x") {
    NewJob job = world.job_of(world.bob);
    job.callback_url = url;
    const JobId id = world.submit(job);
    ok(world.jobs.cancel(id));
    return id;
  }
  // A round, and whatever can end of it.
  void round() {
    ok(duty.run_once());
    settle();
  }
  void settle() {
    for (int i = 0; i < 50; ++i) loop_of_this_thread().poll();
    loop_of_this_thread().restart();
  }
  CallbackDelivery delivery(JobId id) { return world.state.jobs.at(id).callbacks.at(0); }
};

TEST_F(DeliverCallbacksTest, what_is_due_is_told_once) {
  const JobId id = ended();
  round();
  round();
  ASSERT_EQ(sender.sent.size(), 1u);
  EXPECT_EQ(sender.sent[0].job, id);
  EXPECT_EQ(delivery(id).state, CallbackState::delivered);
  EXPECT_EQ(duty.in_flight(), 0);
}

TEST_F(DeliverCallbacksTest, what_was_not_taken_is_tried_again_until_no_try_is_left) {
  sender.kind = Kind::not_taken;
  const JobId id = ended();
  for (int tries = 1; tries < callback_tries_max; ++tries) {
    round();
    EXPECT_EQ(delivery(id).tries, tries);
    EXPECT_EQ(delivery(id).state, CallbackState::waiting);
    round();
    EXPECT_EQ(delivery(id).tries, tries) << "not before its time";
    world.clock.advance(8h);
  }
  round();
  EXPECT_EQ(delivery(id).state, CallbackState::given_up);
  EXPECT_EQ(delivery(id).reason, "it answered so");
  EXPECT_TRUE(world.log.holds("a callback was not taken"));
  world.clock.advance(100h);
  round();
  EXPECT_EQ(sender.sent.size(), static_cast<std::size_t>(callback_tries_max));
}

TEST_F(DeliverCallbacksTest, a_receiver_that_does_not_answer_holds_up_nobody_elses) {
  sender.is_held_up = true;
  for (int i = 0; i < 3 * DeliverCallbacks::in_flight_max; ++i) ended();
  const JobId other = ended("https://quick.example.org/x");
  round();
  round();
  EXPECT_EQ(sender.at_once, DeliverCallbacks::in_flight_max);
  EXPECT_EQ(delivery(other).state, CallbackState::delivered);
  sender.let_go();
  settle();
  EXPECT_EQ(sender.sent.size(), 1u + 3 * DeliverCallbacks::in_flight_max) << "each try that ends makes room for the next at once";
  EXPECT_EQ(sender.most_at_once, DeliverCallbacks::in_flight_max + 1);
  EXPECT_EQ(duty.in_flight(), 0);
}

TEST_F(DeliverCallbacksTest, what_goes_to_an_origin_that_is_not_allowed_waits) {
  const JobId id = ended("https://elsewhere.example.org/x");
  round();
  EXPECT_TRUE(sender.sent.empty());
  EXPECT_EQ(delivery(id).state, CallbackState::waiting);
  EXPECT_EQ(delivery(id).tries, 0);
}

TEST_F(DeliverCallbacksTest, a_stop_begins_nothing_more_and_waits_for_what_goes_on) {
  sender.is_held_up = true;
  for (int i = 0; i < 2 * DeliverCallbacks::in_flight_max; ++i) ended();
  round();
  duty.request_stop();
  bool has_waited = false;
  const auto wait = [&]() -> boost::asio::awaitable<void> {
    co_await duty.wait(world.clock.steady_now() + 1h);
    has_waited = true;
  };
  sender.kind = Kind::cut;
  std::vector<boost::asio::awaitable<void>> both;
  const auto let_go = [&]() -> boost::asio::awaitable<void> {
    EXPECT_FALSE(has_waited);
    sender.let_go();
    co_return;
  };
  both.push_back(wait());
  both.push_back(let_go());
  run_tasks(std::move(both));
  EXPECT_TRUE(has_waited);
  EXPECT_EQ(duty.in_flight(), 0);
  round();
  EXPECT_EQ(sender.sent.size(), static_cast<std::size_t>(DeliverCallbacks::in_flight_max));
}

TEST_F(DeliverCallbacksTest, an_end_that_cannot_be_noted_is_told_again_under_the_same_name) {
  sender.is_held_up = true;
  const JobId id = ended();
  round();
  world.state.faults.changes_fail = true;
  sender.let_go();
  settle();
  EXPECT_TRUE(world.log.holds("the end of a callback could not be noted"));
  EXPECT_EQ(code_of(duty.run_once()), ErrorCode::unavailable);
  world.state.faults.changes_fail = false;
  world.clock.advance(callback_lease);
  round();
  ASSERT_EQ(sender.sent.size(), 2u);
  EXPECT_EQ(sender.sent[0].id, sender.sent[1].id);
  EXPECT_EQ(delivery(id).state, CallbackState::delivered);
}

}  // namespace
}  // namespace orc
