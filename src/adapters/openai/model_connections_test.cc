// Where calls to model servers are connected to, and which connections are used again.

#include <condition_variable>
#include <gmock/gmock.h>
#include <mutex>

#include "adapters/openai/testing/openai_test.h"

namespace orc {
namespace {

using testing::HasSubstr;
using Play = ScriptedServer::Play;
using Then = ScriptedServer::Then;

// A name service that answers as the test says, and hangs for names that begin with "slow" until it is let go.
class NameService {
 public:
  explicit NameService(const IpAddresses& first) : answers(1, first) {}
  ~NameService() { let_go(); }

  NameLookup lookup() {
    return [state = state_, answers = &answers](const std::string& name) -> Result<IpAddresses> {
      std::unique_lock lock(state->mutex);
      ++state->asked;
      if (name.starts_with("slow")) {
        state->changed.wait(lock, [&] { return state->is_let_go; });
        return fail(ErrorCode::unavailable, "has no address: let go");
      }
      IpAddresses answer = answers->front();
      if (answers->size() > 1) answers->erase(answers->begin());
      return answer;
    };
  }
  void let_go() {
    const std::scoped_lock lock(state_->mutex);
    state_->is_let_go = true;
    state_->changed.notify_all();
  }
  int asked() const {
    const std::scoped_lock lock(state_->mutex);
    return state_->asked;
  }

  std::vector<IpAddresses> answers;  // the last one again and again

 private:
  struct State {
    std::mutex mutex;
    std::condition_variable changed;
    bool is_let_go = false;
    int asked = 0;
  };
  const std::shared_ptr<State> state_ = std::make_shared<State>();
};

const auto here = boost::asio::ip::make_address("127.0.0.1");
const auto deaf = boost::asio::ip::make_address("127.0.0.2");
const auto metadata_service = boost::asio::ip::make_address("169.254.169.254");

// Keeps a port of `deaf` as one whose host is gone: nothing that is sent there is answered.
class DeafPort {
 public:
  DeafPort(boost::asio::io_context& io, std::uint16_t port) : full_(io) {
    full_.open(boost::asio::ip::tcp::v4());
    full_.bind({deaf, port});
    full_.listen(0);
    // More than are taken: the rest wait for ever.
    for (int i = 0; i < 8; ++i) waiting_.push_back(std::make_unique<boost::asio::ip::tcp::socket>(io));
    for (const auto& one : waiting_) one->async_connect({deaf, port}, [](const boost::system::error_code&) {});
    io.run_for(50ms);
  }

 private:
  boost::asio::ip::tcp::acceptor full_;
  std::vector<std::unique_ptr<boost::asio::ip::tcp::socket>> waiting_;
};

// Each holds over TLS too.
class model_connections : public OpenAiModelFixture, public testing::WithParamInterface<HttpScheme> {
 protected:
  model_connections() : OpenAiModelFixture(GetParam()) {}

  // One that is under way. `call` must outlive it.
  struct Post {
    explicit Post(HttpCallPool& pool) : call(pool) {}
    HttpCall call;
    std::optional<Result<void>> sent;
    bool has_ended = false;  // the whole answer was read
    std::vector<std::string> checked;
  };

  boost::asio::awaitable<void> run(Post& post, std::string host, SteadyTime until) {
    const auto check = [&post](const boost::asio::ip::address& address) {
      post.checked.push_back(address.to_string());
      return address == here || address == deaf;
    };
    post.sent.emplace(co_await post.call.post({.host = std::move(host), .port = server.port(), .prefix = "", .scheme = GetParam()}, check,
                                              "/", {}, "", until));
    while (post.sent->has_value()) {
      const auto part = co_await post.call.read(until);
      if (!part || part->empty()) break;
    }
    post.has_ended = true;
  }
  void begin(Post& post, const std::string& host, std::chrono::milliseconds time) {
    boost::asio::co_spawn(io, run(post, host, clock.steady_now() + time), boost::asio::detached);
  }
  void finish(Post& post) {
    const SteadyTime until = clock.steady_now() + patience;
    while (!post.has_ended && clock.steady_now() < until) io.run_one_for(patience);
    ASSERT_TRUE(post.has_ended);
  }
  Result<void> post(HttpCallPool& pool, const std::string& host) {
    Post one(pool);
    begin(one, host, 5s);
    finish(one);
    return *one.sent;
  }

  NameService names{{here}};
};

INSTANTIATE_TEST_SUITE_P(spoken, model_connections, testing::Values(HttpScheme::http, HttpScheme::https),
                         [](const auto& spoken) { return spoken.param == HttpScheme::http ? "plainly" : "over_tls"; });

TEST_P(model_connections, the_checked_address_is_the_connected_one) {  // L2
  names.answers = {{metadata_service}};
  HttpCallPool pool(io.get_executor(), trust(), names.lookup());
  Post refused(pool);
  begin(refused, "models.example", 5s);
  finish(refused);
  EXPECT_EQ(refused.sent->error().code, ErrorCode::permission_denied);
  EXPECT_THAT(refused.checked, testing::ElementsAre("169.254.169.254"));
  EXPECT_EQ(server.connections, 0);
}

TEST_P(model_connections, a_name_that_stands_for_another_address_the_second_time_is_checked_again) {  // L2
  names.answers = {{here}, {metadata_service}, {metadata_service, here}};
  server.plays = [](const std::string&) { return Play{ScriptedServer::json(200, "{}"), Then::close}; };
  HttpCallPool pool(io.get_executor(), trust(), names.lookup());
  EXPECT_TRUE(post(pool, "models.example"));
  io.run_for(20ms);  // the server closes
  EXPECT_EQ(post(pool, "models.example").error().code, ErrorCode::permission_denied);
  EXPECT_EQ(server.connections, 1);
  EXPECT_TRUE(post(pool, "models.example")) << "of several, those that are allowed";
  EXPECT_EQ(server.connections, 2);
}

TEST_P(model_connections, an_address_that_is_dead_leaves_time_for_the_next_one) {
  const DeafPort gone(io, static_cast<std::uint16_t>(std::stoul(server.port())));
  names.answers = {{deaf, here}};
  HttpCallPool pool(io.get_executor(), trust(), names.lookup());
  Post one(pool);
  const SteadyTime begun = clock.steady_now();
  begin(one, "models.example", 15s);
  finish(one);
  EXPECT_TRUE(*one.sent);
  EXPECT_LT(clock.steady_now() - begun, call_address_max + 5s);

  Post left(pool);
  names.answers = {{deaf}, {deaf}};
  pool.close_idle();
  begin(left, "models.example", 60s);
  io.run_for(50ms);
  left.call.close();
  finish(left);
  EXPECT_THAT(left.sent->error().message, HasSubstr("hung up on"));
}

TEST_P(model_connections, a_name_service_that_is_silent_holds_no_call_beyond_its_time_nor_another_name) {
  HttpCallPool pool(io.get_executor(), trust(), names.lookup());
  Post slow(pool);
  const SteadyTime begun = clock.steady_now();
  begin(slow, "slow.example", 300ms);
  EXPECT_TRUE(post(pool, "models.example"));
  finish(slow);
  EXPECT_GE(clock.steady_now() - begun, 250ms);
  EXPECT_LT(clock.steady_now() - begun, 5s);
  EXPECT_EQ(slow.sent->error().code, ErrorCode::unavailable);
  EXPECT_THAT(slow.sent->error().message, HasSubstr("has no address yet"));
}

TEST_P(model_connections, who_hangs_up_does_not_wait_for_a_name) {
  HttpCallPool pool(io.get_executor(), trust(), names.lookup());
  Post slow(pool);
  begin(slow, "slow.example", 60s);
  while (names.asked() == 0) io.run_one_for(10ms);
  slow.call.close();
  finish(slow);
  EXPECT_THAT(slow.sent->error().message, HasSubstr("hung up on"));
}

TEST_P(model_connections, a_name_is_looked_up_once_for_all_that_wait_for_it) {
  HttpCallPool pool(io.get_executor(), trust(), names.lookup());
  std::vector<std::unique_ptr<Post>> many;
  for (int i = 0; i < 50; ++i) begin(*many.emplace_back(std::make_unique<Post>(pool)), "slow.example", 60s);
  while (names.asked() == 0) io.run_one_for(10ms);
  names.let_go();
  for (const auto& one : many) {
    finish(*one);
    EXPECT_THAT(one->sent->error().message, HasSubstr("let go"));
  }
  EXPECT_EQ(names.asked(), 1);
}

TEST_P(model_connections, a_pool_that_goes_leaves_a_lookup_behind) {
  {
    HttpCallPool pool(io.get_executor(), trust(), names.lookup());
    Post slow(pool);
    begin(slow, "slow.example", 100ms);
    finish(slow);
  }
  names.let_go();
  io.run_for(20ms);
}

TEST_P(model_connections, what_was_sent_on_a_connection_that_the_server_had_closed_is_sent_again) {
  server.plays = [n = 0](const std::string&) mutable {
    // The second request is never seen by this server: it closes as soon as it comes.
    return ++n == 2 ? Play{"", Then::reset} : ScriptedServer::answer("eleven");
  };
  ASSERT_TRUE(ask());
  const auto answer = ask();
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->attempts, 1);
  EXPECT_TRUE(heard.in_vain.empty());
  EXPECT_EQ(server.connections, 2);
}

TEST_P(model_connections, what_was_lost_on_a_kept_connection_after_a_while_is_not_sent_again) {
  server.plays = [n = 0](const std::string&) mutable {
    // Silent while it works, until somebody on the way thinks that nothing comes any more.
    return ++n == 2 ? Play{.bytes = "", .then = Then::close, .pause = call_resend_max + 200ms} : ScriptedServer::answer("eleven");
  };
  ASSERT_TRUE(ask());
  const auto lost = ask();
  EXPECT_EQ(server.requests.size(), 2U);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, ErrorCode::unavailable);
  EXPECT_THAT(heard.in_vain, testing::ElementsAre(TokenUsage{.in = bytes_asked(question())}));
}

TEST_P(model_connections, what_was_lost_on_a_new_connection_is_not_sent_again) {
  server.plays = [](const std::string&) { return Play{"", Then::close}; };
  EXPECT_EQ(error().code, ErrorCode::unavailable);
  EXPECT_EQ(server.requests.size(), 1U);
  EXPECT_EQ(heard.in_vain.size(), 1U);
}

TEST_P(model_connections, a_kept_connection_that_the_server_closes_is_closed_though_nobody_calls) {
  server.plays = [](const std::string&) { return Play{ScriptedServer::json(200, "{}"), Then::close}; };
  HttpCallPool pool(io.get_executor(), trust(), names.lookup());
  EXPECT_TRUE(post(pool, "127.0.0.1"));
  EXPECT_EQ(pool.idle(), 1U);
  const SteadyTime until = clock.steady_now() + patience;
  while (pool.idle() > 0 && clock.steady_now() < until) io.run_one_for(patience);
  EXPECT_EQ(pool.idle(), 0U);
}

TEST_P(model_connections, a_pool_that_closes_what_it_kept_leaves_nothing_to_do) {
  HttpCallPool pool(io.get_executor(), trust(), names.lookup());
  EXPECT_TRUE(post(pool, "127.0.0.1"));
  EXPECT_EQ(pool.idle(), 1U);
  pool.close_idle();
  EXPECT_EQ(pool.idle(), 0U);
  EXPECT_TRUE(post(pool, "127.0.0.1"));
  EXPECT_EQ(pool.idle(), 0U);
}

TEST_P(model_connections, a_path_is_no_other_server) {  // L10
  server.plays = [](const std::string&) { return Play{ScriptedServer::json(500, "{}")}; };
  ModelQuestion what = question();
  for (int i = 0; i < CircuitBreaker::failures_max; ++i) {
    what.endpoint = server.url() + "/x" + std::to_string(i);
    EXPECT_FALSE(ask(what));
  }
  what = question();
  what.time_max = 500ms;
  EXPECT_THAT(ask(what).error().message, HasSubstr("left alone"));
}

}  // namespace
}  // namespace orc
