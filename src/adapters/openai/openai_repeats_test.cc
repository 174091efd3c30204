// What is asked again, of whom, and who is left alone.
#include "adapters/openai/testing/openai_test.h"

namespace orc {
namespace {

using testing::HasSubstr;
using Play = ScriptedServer::Play;
using Then = ScriptedServer::Then;

// Rows L of attacks.md are marked. Each holds over TLS too.
class openai_repeats : public SpokenBothWays {};

INSTANTIATE_TEST_SUITE_P(spoken, openai_repeats, testing::ValuesIn(both_ways), name_of_way);

TEST_P(openai_repeats, what_may_work_when_repeated_is_repeated_and_told) {
  server.plays = [n = 0](const std::string&) mutable {
    ++n;
    if (n == 1) return Play{ScriptedServer::json(500, "{}")};
    if (n == 2) return Play{ScriptedServer::stream_head() + ScriptedServer::delta("half"), Then::reset};
    return ScriptedServer::answer("whole");
  };
  ModelQuestion what = question();
  what.retries_max = 3;
  const auto answer = ask(what);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->attempts, 3);
  EXPECT_EQ(heard.text, "|half|whole");
  // One that was refused, one that a token for each byte asked and each piece stands for; the answer's own are not among them.
  EXPECT_THAT(heard.in_vain, testing::ElementsAre(TokenUsage{}, TokenUsage{.in = bytes_asked(what), .out = 1}));
}

TEST_P(openai_repeats, what_has_no_room_is_not_repeated) {
  server.plays = [](const std::string&) { return Play{ScriptedServer::json(500, "{}")}; };
  ModelQuestion what = question();
  what.retries_max = 3;
  heard.room = 1;
  EXPECT_EQ(ask(what).error().code, ErrorCode::unavailable);
  EXPECT_EQ(server.requests.size(), 2u);
  EXPECT_EQ(heard.in_vain.size(), 2u);
}

TEST_P(openai_repeats, what_a_server_counted_before_it_failed_is_told) {
  server.plays = [](const std::string&) {
    return Play{ScriptedServer::stream_head() + ScriptedServer::delta("half") +
                    ScriptedServer::chunk("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":1}}\n\n"),
                Then::reset};
  };
  EXPECT_EQ(error().code, ErrorCode::unavailable);
  EXPECT_THAT(heard.in_vain, testing::ElementsAre(TokenUsage{.in = 7, .out = 1}));
}

TEST_P(openai_repeats, a_count_at_the_front_hides_no_piece_that_came_behind_it) {
  server.plays = [](const std::string&) {
    const std::string first = ScriptedServer::chunk("data: {\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":0}}\n\n");
    return Play{ScriptedServer::stream_head() + first + ScriptedServer::delta("a") + ScriptedServer::delta("b"), Then::reset};
  };
  EXPECT_EQ(error().code, ErrorCode::unavailable);
  EXPECT_THAT(heard.in_vain, testing::ElementsAre(TokenUsage{.in = 7, .out = 2}));
}

TEST_P(openai_repeats, what_never_reached_a_server_has_used_nothing) {
  server.stop();
  EXPECT_EQ(error().code, ErrorCode::unavailable);
  EXPECT_THAT(heard.in_vain, testing::ElementsAre(TokenUsage{}));
}

TEST_P(openai_repeats, what_is_refused_for_what_it_is_is_not_repeated) {
  server.plays = [](const std::string&) { return Play{ScriptedServer::json(400, "{}")}; };
  ModelQuestion what = question();
  what.retries_max = 3;
  EXPECT_EQ(ask(what).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(server.requests.size(), 1u);
}

TEST_P(openai_repeats, retry_after_is_obeyed) {
  server.plays = [n = 0](const std::string&) mutable {
    return ++n == 1 ? Play{ScriptedServer::json(429, "{}", "Retry-After: 1\r\n")} : ScriptedServer::answer("x");
  };
  ModelQuestion what = question();
  what.retries_max = 1;
  const SteadyTime begun = clock.steady_now();
  ASSERT_TRUE(ask(what));
  EXPECT_GE(clock.steady_now() - begun, 1s);
}

TEST_P(openai_repeats, a_wait_beyond_the_deadline_is_not_begun) {
  server.plays = [](const std::string&) { return Play{ScriptedServer::json(429, "{}", "Retry-After: 3600\r\n")}; };
  ModelQuestion what = question();
  what.retries_max = 3;
  EXPECT_EQ(ask(what).error().code, ErrorCode::resource_exhausted);
}

TEST_P(openai_repeats, an_endpoint_that_fails_again_and_again_is_left_alone_for_a_while) {  // L6
  server.plays = [](const std::string&) { return Play{ScriptedServer::json(500, "{}")}; };
  for (int i = 0; i < CircuitBreaker::failures_max; ++i) EXPECT_FALSE(ask());
  const std::size_t asked = server.requests.size();
  ModelQuestion what = question();
  what.time_max = 500ms;  // else it waits
  EXPECT_THAT(
      ask(what).error().message,
      testing::MatchesRegex(".*://127.0.0.1:[0-9]+: the model server answered 500: .*; it failed repeatedly, and is left alone for now"));
  EXPECT_EQ(server.requests.size(), asked);
}

TEST_P(openai_repeats, hostile_servers_hold_up_nobody_who_asks_another) {  // L6
  ScriptedServer broken(io.get_executor(), identity());
  ScriptedServer hostile(io.get_executor(), identity());
  broken.plays = [](const std::string&) { return Play{ScriptedServer::json(500, "{}")}; };
  hostile.plays = [asked = 0](const std::string&) mutable {
    std::string endless = ScriptedServer::stream_head();
    for (int i = 0; i < 1000; ++i) endless += ScriptedServer::delta("x");
    const Play plays[] = {
        {{}, Then::hang}, {ScriptedServer::stream_head() + ScriptedServer::delta("x") + "ffff\r\n:", Then::drip}, {endless, Then::hang}};
    return plays[asked++ % 3];
  };
  model = model_for();
  ModelQuestion what = question();
  what.endpoint = broken.url();
  what.time_max = 500ms;
  for (int i = 0; i <= CircuitBreaker::failures_max; ++i) EXPECT_FALSE(ask(what));
  what.endpoint = hostile.url();
  what.time_max = 60s;
  std::size_t ended = 0;
  constexpr std::size_t held = 30;
  const auto ask_hostile = [&](auto&&) -> boost::asio::awaitable<void> {
    Heard nothing;
    EXPECT_FALSE(co_await model->ask(what, nothing, stop.get_token()));
    ++ended;
  };
  for (std::size_t i = 0; i < held; ++i) boost::asio::co_spawn(io, ask_hostile(0), boost::asio::detached);
  const SteadyTime until = clock.steady_now() + patience;
  while (hostile.requests.size() < held && clock.steady_now() < until) io.run_one_for(100ms);
  ASSERT_EQ(hostile.requests.size(), held);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(ask());
  EXPECT_EQ(ended, 0u) << "they go on";
  stop.request_stop();
  while (ended < held && clock.steady_now() < until) io.run_one_for(100ms);
  EXPECT_EQ(ended, held);
}

TEST_P(openai_repeats, an_endpoint_that_is_overloaded_again_and_again_is_left_alone_too) {  // L6
  for (const int status : {429, 503}) {
    ScriptedServer busy(io.get_executor(), identity());
    model = model_for({busy.url()});
    ModelQuestion what = question();
    what.endpoint = busy.url();
    busy.plays = [&](const std::string&) { return Play{ScriptedServer::json(status, "{}")}; };
    for (int i = 0; i < CircuitBreaker::failures_max; ++i) EXPECT_EQ(ask(what).error().code, ErrorCode::resource_exhausted);
    const std::size_t asked = busy.requests.size();
    what.time_max = 500ms;
    EXPECT_THAT(ask(what).error().message,
                HasSubstr("the model server answered " + std::to_string(status) + ": {}; it failed repeatedly, and is left alone"));
    EXPECT_EQ(busy.requests.size(), asked);
    busy.plays = [](const std::string&) { return ScriptedServer::answer("x"); };
    what.time_max = 5s;
    EXPECT_TRUE(ask(what)) << "once its time is over it is asked again";
  }
}

TEST_P(openai_repeats, one_of_several_endpoints_that_fails_is_passed_over) {
  ScriptedServer other(io.get_executor(), identity());
  server.plays = [](const std::string&) { return Play{ScriptedServer::json(500, "{}")}; };
  model = model_for({server.url(), other.url()}, {}, {{server.url(), other.url()}});
  ModelQuestion what = question();
  what.retries_max = 10;
  for (int i = 0; i < 3; ++i) {
    random.next_dice = 0;
    const auto answer = ask(what);
    ASSERT_TRUE(answer) << answer.error().message;
    if (answer->attempts == 1) break;
  }
  EXPECT_GE(other.requests.size(), 1u);
}

TEST_P(openai_repeats, a_question_may_name_several_servers_of_which_each_must_be_allowed) {
  ScriptedServer other(io.get_executor(), identity());
  model = model_for({server.url(), other.url()});
  server.plays = [](const std::string&) { return Play{ScriptedServer::json(500, "{}")}; };
  ModelQuestion what = question();
  what.replicas = {other.url(), server.url()};
  what.retries_max = 10;
  for (int i = 0; i < CircuitBreaker::failures_max; ++i) static_cast<void>(ask(what));
  EXPECT_TRUE(ask(what)) << "the other one is asked while the first is left alone";
  EXPECT_GE(other.requests.size(), 1u);
  what.replicas = {elsewhere()};
  EXPECT_EQ(ask(what).error().code, ErrorCode::permission_denied);
}

TEST_P(openai_repeats, a_straggler_is_asked_for_a_second_time) {
  ASSERT_TRUE(ask());
  for (std::size_t i = 0; i < StragglerWatch::samples_min; ++i) ASSERT_TRUE(ask());
  server.plays = [n = 0](const std::string&) mutable { return ++n == 1 ? Play{"", Then::hang} : ScriptedServer::answer("in time"); };
  const auto answer = ask();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->text, "in time");
  EXPECT_EQ(answer->attempts, 1);
  io.run_for(20ms);
  EXPECT_EQ(server.open, 1);  // the late one was hung up on
  EXPECT_THAT(heard.in_vain, testing::ElementsAre(TokenUsage{.in = bytes_asked(question())}));
}

TEST_P(openai_repeats, a_repeat_or_a_second_call_that_may_not_be_made_asks_for_no_room) {
  server.plays = [n = 0](const std::string&) mutable {
    return ++n % 2 == 1 ? Play{ScriptedServer::json(500, "{}")} : ScriptedServer::answer("x");
  };
  model = model_for();
  ModelQuestion what = question();
  what.retries_max = 1000;
  for (int i = 0; i < 12; ++i) static_cast<void>(ask(what));
  server.plays = [](const std::string&) { return Play{ScriptedServer::json(500, "{}")}; };
  static_cast<void>(ask(what));
  const int left = heard.room;
  EXPECT_FALSE(ask(what));
  EXPECT_EQ(heard.room, left) << "the budget of repeats is used up";

  heard.room = 1000;
  server.plays = [](const std::string&) { return ScriptedServer::answer("x"); };
  ScriptedServer other(io.get_executor(), identity());
  other.plays = server.plays;
  model = model_for();
  what.retries_max = 0;
  what.endpoint = other.url();
  for (std::size_t i = 0; i <= StragglerWatch::samples_min; ++i) ASSERT_TRUE(ask(what));
  other.plays = [](const std::string&) { return Play{"", Then::hang}; };
  what.time_max = 300ms;
  for (int i = 0; i < 8; ++i) EXPECT_FALSE(ask(what));
  EXPECT_GE(heard.room, 1000 - 7) << "the budget of second calls, of six, is used up";
}

TEST_P(openai_repeats, a_straggler_without_room_for_a_second_is_waited_for) {
  for (std::size_t i = 0; i <= StragglerWatch::samples_min; ++i) ASSERT_TRUE(ask());
  server.plays = [](const std::string&) { return Play{"", Then::hang}; };
  heard.room = 0;
  ModelQuestion what = question();
  what.time_max = 500ms;
  const std::size_t asked = server.requests.size();
  EXPECT_FALSE(ask(what));
  EXPECT_EQ(server.requests.size(), asked + 1);
}

TEST_P(openai_repeats, what_is_late_for_one_model_of_a_server_is_not_for_another) {
  for (std::size_t i = 0; i <= StragglerWatch::samples_min; ++i) ASSERT_TRUE(ask());
  const std::string answer = ScriptedServer::answer("in its own time").bytes;
  server.plays = [&](const std::string&) { return Play{.bytes = "", .pause = 300ms, .rest = answer}; };
  ModelQuestion what = question();
  what.model = "large";
  const std::size_t asked = server.requests.size();
  EXPECT_EQ(ask(what).value().text, "in its own time");
  EXPECT_EQ(server.requests.size(), asked + 1);
  for (int i = 0; i < 100; ++i) {
    what.model = "m" + std::to_string(i);
    what.time_max = 5ms;
    static_cast<void>(ask(what));
  }
  EXPECT_EQ(heard.in_vain.size(), 100u) << "of ever further ones no more is known than of a few";
}

TEST_P(openai_repeats, an_answer_that_takes_its_time_is_waited_for_at_rest) {
  for (std::size_t i = 0; i <= StragglerWatch::samples_min; ++i) ASSERT_TRUE(ask());
  server.plays = [](const std::string&) {
    return Play{.bytes = ScriptedServer::stream_head() + ScriptedServer::delta("by "),
                .pause = 500ms,
                .rest = ScriptedServer::delta("and by") + ScriptedServer::stream_end()};
  };
  wake_ups.waits = 0;
  EXPECT_EQ(ask().value().text, "by and by");
  EXPECT_LE(wake_ups.waits, 5) << "it is past the time at which one that had not begun would be late";
}

}  // namespace
}  // namespace orc
