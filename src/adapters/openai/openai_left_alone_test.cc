// Who is left alone for a while, and what becomes of the calls that want it meanwhile.
#include "adapters/openai/testing/openai_test.h"

namespace orc {
namespace {

using testing::EndsWith;
using Play = ScriptedServer::Play;
using Then = ScriptedServer::Then;

// Rows L of attacks.md are marked. Each holds over TLS too.
class openai_left_alone : public SpokenBothWays {
 protected:
  struct Call {
    Heard heard;
    std::optional<Result<ModelAnswer>> answer;
  };

  // Of which it is known that it has come to where it waits.
  std::shared_ptr<Call> begin(const ModelQuestion& what) {
    if (!model) model = model_for();
    auto call = std::make_shared<Call>();
    boost::asio::co_spawn(io, run(call, what), boost::asio::detached);
    io.poll();
    return call;
  }
  std::shared_ptr<Call> begin() { return begin(question()); }

  bool comes(const std::function<bool()>& what) {
    const SteadyTime until = clock.steady_now() + patience;
    while (!what() && clock.steady_now() < until) io.run_one_for(100ms);
    return what();
  }
  bool ends(const std::shared_ptr<Call>& call) {
    return comes([&] { return call->answer.has_value(); });
  }

  void fail_until_it_is_left_alone() {
    server.plays = [](const std::string&) { return Play{ScriptedServer::json(500, "{}")}; };
    for (int i = 0; i < CircuitBreaker::failures_max; ++i) EXPECT_FALSE(ask());
  }

 private:
  boost::asio::awaitable<void> run(std::shared_ptr<Call> call, ModelQuestion what) {
    call->answer.emplace(co_await model->ask(std::move(what), call->heard, stop.get_token()));
  }
};

INSTANTIATE_TEST_SUITE_P(spoken, openai_left_alone, testing::ValuesIn(both_ways), name_of_way);

TEST_P(openai_left_alone, a_server_with_a_tenth_of_errors_stays_usable_while_it_writes_long_answers) {  // L6
  constexpr std::size_t calls = 60;
  const std::string word = ScriptedServer::stream_head() + ScriptedServer::delta("x");
  for (const std::string& so_far : {std::string(), word}) {
    model = model_for();
    stop = std::stop_source();
    server.requests.clear();
    server.plays = [&](const std::string&) {
      return server.requests.size() % 10 == 0 ? Play{ScriptedServer::json(500, "{}")} : Play{so_far, Then::hang};
    };
    std::vector<std::shared_ptr<Call>> burst;
    for (std::size_t i = 0; i < calls; ++i) burst.push_back(begin());
    const auto failed = [&] { return std::ranges::count_if(burst, [](const auto& one) { return one->answer.has_value(); }); };
    ASSERT_TRUE(comes([&] { return server.requests.size() == calls && std::cmp_equal(failed(), calls / 10); }));
    server.plays = [](const std::string&) { return ScriptedServer::answer("short"); };
    for (int i = 0; i < 7; ++i) {
      const auto short_one = ask();
      ASSERT_TRUE(short_one) << short_one.error().message;
    }
    EXPECT_EQ(failed(), static_cast<std::ptrdiff_t>(calls / 10)) << "the others go on";
    stop.request_stop();
    ASSERT_TRUE(comes([&] { return std::cmp_equal(failed(), calls); }));
  }
}

TEST_P(openai_left_alone, the_first_word_of_the_probe_lets_the_others_in) {  // L6
  fail_until_it_is_left_alone();
  server.requests.clear();
  server.plays = [&](const std::string&) {
    return server.requests.size() == 1 ? Play{ScriptedServer::stream_head() + ScriptedServer::delta("x"), Then::hang}
                                       : ScriptedServer::answer("in");
  };
  std::vector<std::shared_ptr<Call>> calls;
  for (int i = 0; i < 8; ++i) calls.push_back(begin());
  ASSERT_TRUE(comes([&] { return std::ranges::count_if(calls, [](const auto& one) { return one->answer.has_value(); }) == 7; }));
  for (const auto& call : calls)
    if (call->answer) EXPECT_TRUE(*call->answer) << call->answer->error().message;
  stop.request_stop();
  for (const auto& call : calls) EXPECT_TRUE(ends(call));
}

TEST_P(openai_left_alone, waiting_for_it_costs_nothing_but_time) {
  model = model_for();
  ModelQuestion what = question();
  what.retries_max = 1000;
  what.time_max = 500ms;
  server.plays = [n = 0](const std::string&) mutable {
    return ++n % 2 == 1 ? Play{ScriptedServer::json(500, "{}")} : ScriptedServer::answer("x");
  };
  for (int i = 0; i < 12; ++i) static_cast<void>(ask(what));  // the budget of repeats is used up
  const int room = heard.room;
  fail_until_it_is_left_alone();
  heard.in_vain.clear();
  server.plays = [](const std::string&) { return ScriptedServer::answer("x"); };
  const auto answer = ask();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->attempts, 1);
  EXPECT_EQ(heard.room, room);
  EXPECT_TRUE(heard.in_vain.empty());
}

TEST_P(openai_left_alone, whose_time_would_be_over_before_does_not_wait) {
  fail_until_it_is_left_alone();
  ModelQuestion what = question();
  what.time_max = 500ms;
  const SteadyTime begun = clock.steady_now();
  const std::size_t asked = server.requests.size();
  heard.in_vain.clear();
  const auto answer = ask(what);
  EXPECT_THAT(answer.error().message, EndsWith("; it failed repeatedly, and is left alone for now"));
  EXPECT_EQ(answer.error().code, ErrorCode::unavailable);
  EXPECT_LT(clock.steady_now() - begun, 400ms);
  EXPECT_EQ(server.requests.size(), asked);
  EXPECT_TRUE(heard.in_vain.empty()) << "nothing was tried";
}

TEST_P(openai_left_alone, nobody_waits_long_for_a_server_that_stays_away) {
  left_alone_max = 500ms;
  fail_until_it_is_left_alone();  // for a second
  const std::size_t asked = server.requests.size();
  EXPECT_THAT(ask().error().message, EndsWith("; it failed repeatedly, and is left alone for now"));
  EXPECT_EQ(server.requests.size(), asked);
}

TEST_P(openai_left_alone, whose_time_is_over_while_it_is_probed_waits_no_longer) {
  fail_until_it_is_left_alone();
  server.plays = [](const std::string&) { return Play{{}, Then::hang}; };
  const std::size_t asked = server.requests.size();
  const auto probe = begin();
  ModelQuestion what = question();
  what.time_max = 1500ms;
  const auto waits = begin(what);
  const SteadyTime begun = clock.steady_now();
  ASSERT_TRUE(ends(waits));
  EXPECT_THAT(waits->answer->error().message, EndsWith("is left alone for now"));
  EXPECT_GE(clock.steady_now() - begun, 1400ms);
  EXPECT_EQ(server.requests.size(), asked + 1);
  stop.request_stop();
  EXPECT_TRUE(ends(probe));
}

TEST_P(openai_left_alone, who_waits_gives_up_when_it_was_probed_in_vain_more_often_than_he_would_try_again) {
  fail_until_it_is_left_alone();
  const std::size_t asked = server.requests.size();
  const auto one = begin();
  const auto other = begin();
  ModelQuestion what = question();
  what.retries_max = 1;
  const auto patient = begin(what);
  ASSERT_TRUE(ends(one));
  ASSERT_TRUE(ends(other));
  EXPECT_EQ(server.requests.size(), asked + 1);
  server.plays = [](const std::string&) { return ScriptedServer::answer("x"); };
  ASSERT_TRUE(ends(patient));
  EXPECT_TRUE(*patient->answer) << "it was up before he gave up";
}

TEST_P(openai_left_alone, a_server_that_is_away_is_given_up_by_all_long_before_their_time) {
  server.stop();
  random.next_dice = 0.5;
  ModelQuestion what = question();
  what.retries_max = 2;
  what.time_max = 60s;
  const SteadyTime begun = clock.steady_now();
  std::vector<std::shared_ptr<Call>> calls;
  for (int i = 0; i < 3; ++i) calls.push_back(begin(what));
  for (const auto& call : calls) ASSERT_TRUE(ends(call));
  EXPECT_LT(clock.steady_now() - begun, 4s) << "whose probe failed when it had a third attempt has told the others";
}

TEST_P(openai_left_alone, a_stop_ends_the_wait_at_once) {  // O16
  fail_until_it_is_left_alone();
  const auto waits = begin();
  EXPECT_FALSE(waits->answer);
  const SteadyTime stopped = clock.steady_now();
  stop.request_stop();
  ASSERT_TRUE(ends(waits));
  EXPECT_EQ(waits->answer->error().code, ErrorCode::conflict);
  EXPECT_LT(clock.steady_now() - stopped, 500ms);
  stop = std::stop_source();
  server.plays = [](const std::string&) { return ScriptedServer::answer("x"); };
  EXPECT_TRUE(ask()) << "and leaves nothing behind";
}

}  // namespace
}  // namespace orc
