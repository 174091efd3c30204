// Calls that are stopped.
#include "adapters/openai/testing/openai_test.h"

namespace orc {
namespace {

using Play = ScriptedServer::Play;
using Then = ScriptedServer::Then;

// Rows L and O of attacks.md are marked. Each holds over TLS too.
class openai_stops : public SpokenBothWays {};

INSTANTIATE_TEST_SUITE_P(spoken, openai_stops, testing::ValuesIn(both_ways), name_of_way);

TEST_P(openai_stops, a_stop_closes_the_connection_at_once) {  // O16
  server.plays = [this](const std::string&) {
    boost::asio::post(io, [this] { stop.request_stop(); });
    return Play{ScriptedServer::stream_head() + ScriptedServer::delta("x"), Then::hang};
  };
  const SteadyTime begun = clock.steady_now();
  EXPECT_EQ(error().code, ErrorCode::conflict);
  io.run_for(20ms);
  EXPECT_EQ(server.open, 0);
  EXPECT_LT(clock.steady_now() - begun, 1s);
  ASSERT_EQ(heard.in_vain.size(), 1u);
  EXPECT_EQ(heard.in_vain[0].in, bytes_asked(question()));
}

TEST_P(openai_stops, calls_that_are_stopped_say_nothing_about_the_server) {  // L6
  for (int i = 0; i < 2 * CircuitBreaker::failures_max; ++i) {
    stop = std::stop_source();
    server.plays = [this](const std::string&) {
      boost::asio::post(io, [this] { stop.request_stop(); });
      return Play{ScriptedServer::stream_head() + ScriptedServer::delta("x"), Then::hang};
    };
    EXPECT_EQ(error().code, ErrorCode::conflict);
  }
  stop = std::stop_source();
  server.plays = [](const std::string&) { return ScriptedServer::answer("x"); };
  const auto answer = ask();
  EXPECT_TRUE(answer) << answer.error().message;
}

TEST_P(openai_stops, a_stop_ends_a_call_wherever_it_is_and_leaves_nothing) {  // O16
  struct Row {
    const char* where;
    Play play;
  };
  const Row rows[] = {{"before the head of the answer", {"", Then::hang}},
                      {"in the head", {"HTTP/1.1 200 ", Then::hang}},
                      {"before the first token", {ScriptedServer::stream_head(), Then::hang}},
                      {"among the tokens", {ScriptedServer::stream_head() + ScriptedServer::delta("x"), Then::hang}},
                      {"in the wait for a retry", {ScriptedServer::json(429, "{}", "Retry-After: 3600\r\n"), Then::close}}};
  for (const Row& row : rows) {
    model = model_for();
    stop = std::stop_source();
    SteadyTime stopped{};
    server.plays = [&](const std::string&) {
      boost::asio::post(io, [&] {
        stopped = clock.steady_now();
        stop.request_stop();
      });
      return row.play;
    };
    ModelQuestion what = question();
    what.time_max = 2h;
    what.retries_max = 1;
    EXPECT_EQ(ask(what).error().code, ErrorCode::conflict) << row.where;
    while (server.open > 0 && clock.steady_now() < stopped + 5s) io.run_one_for(5s);
    EXPECT_LT(clock.steady_now() - stopped, 100ms) << row.where;
    EXPECT_EQ(server.open, 0) << row.where;
  }
}

TEST_P(openai_stops, a_stop_at_any_moment_loses_no_token_that_is_paid_for) {
  bool was_answered = false;
  for (int step = 1; !was_answered && step < 1000; ++step) {
    model = model_for();
    stop = std::stop_source();
    heard.in_vain.clear();
    std::optional<Result<ModelAnswer>> answer;
    const std::size_t asked = server.requests.size();
    const auto work = [&](auto&&) -> boost::asio::awaitable<void> {
      answer.emplace(co_await model->ask(question(), heard, stop.get_token()));
    };
    boost::asio::co_spawn(io, work(0), boost::asio::detached);
    for (int i = 0; i < step && !answer; ++i) io.run_one_for(5s);
    was_answered = answer.has_value();
    stop.request_stop();
    while (!answer) io.run_one_for(5s);
    if (server.requests.size() > asked) EXPECT_EQ(answer->has_value(), heard.in_vain.empty()) << "step " << step;
    io.run_for(5ms);
  }
  EXPECT_TRUE(was_answered);
}

TEST_P(openai_stops, a_stop_of_many_closes_all_of_their_connections) {  // O16
  const int calls = GetParam() == HttpScheme::https ? 20 : 200;         // both ends of each handshake are this process's work
  server.plays = [](const std::string&) { return Play{ScriptedServer::stream_head() + ScriptedServer::delta("x"), Then::hang}; };
  model = model_for();
  int ended = 0;
  const auto call = [&](auto&&) -> boost::asio::awaitable<void> {
    Heard nobody;
    const auto answer = co_await model->ask(question(), nobody, stop.get_token());
    EXPECT_EQ(answer.error().code, ErrorCode::conflict);
    ++ended;
  };
  for (int i = 0; i < calls; ++i) boost::asio::co_spawn(io, call(0), boost::asio::detached);
  while (std::cmp_less(server.requests.size(), calls)) io.run_one_for(5s);
  const SteadyTime stopped = clock.steady_now();
  stop.request_stop();
  while ((server.open > 0 || ended < calls) && clock.steady_now() < stopped + 5s) io.run_one_for(5s);
  EXPECT_LT(clock.steady_now() - stopped, 1s);  // with both ends in this process, and watched by a sanitizer
  EXPECT_EQ(ended, calls);
  EXPECT_EQ(server.open, 0);
}

}  // namespace
}  // namespace orc
