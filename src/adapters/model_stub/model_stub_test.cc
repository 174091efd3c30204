#include "adapters/model_stub/model_stub.h"

#include <boost/asio/io_context.hpp>
#include <future>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "adapters/http/http_test_server.h"
#include "tests/fakes/fake_clock.h"

namespace orc {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

// A stub on a port of its own, with a thread for its loop.
class StubSite {
 public:
  explicit StubSite(StubSettings settings = {}, const char* record = "")
      : stub_(io_.get_executor(), std::move(settings), RecordedAnswers::parse(record).value(), clock_),
        server_(io_, {}, budget_, stub_, observer_),
        port_(server_.start("127.0.0.1", 0).value().port),
        thread_([this] { io_.run(); }) {}
  ~StubSite() {
    boost::asio::post(io_, [this] { stub_.hurry(); });
    server_.wait(std::chrono::steady_clock::now() + 10s);
    thread_.join();
  }

  std::uint16_t port() const { return port_; }
  std::string exchange(const std::string& bytes) const {
    RawSocket client(port_);
    client.send(bytes);
    return client.read_to_end();
  }
  std::string ask(const std::string& body) const { return exchange(request(body)); }
  std::string get(const std::string& path) const { return exchange("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"); }

  static std::string request(const std::string& body) {
    return "POST /v1/chat/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: " +
           std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  StubCounts counts() {
    std::promise<StubCounts> seen;
    boost::asio::post(io_, [&] { seen.set_value(stub_.counts()); });
    return seen.get_future().get();
  }
  RecordingObserver& observer() { return observer_; }

 private:
  FakeClock clock_;
  boost::asio::io_context io_;
  ByteBudget budget_{HttpServerLimits{}.held_bytes_max, HttpServerLimits{}.held_bytes_allowance};
  RecordingObserver observer_;
  ModelStub stub_;
  HttpServer server_;
  const std::uint16_t port_;
  std::thread thread_;
};

constexpr const char* streamed =
    R"({"model":"m","messages":[{"role":"user","content":"why?"}],"stream":true,"stream_options":{"include_usage":true}})";
constexpr const char* whole = R"({"model":"m","messages":[{"role":"user","content":[{"type":"text","text":"why?"}]}]})";
constexpr const char* because = R"({"match": "why?", "answer": "be cause"})";

TEST(model_stub, a_stream_comes_token_by_token_with_its_usage_and_end) {
  const StubSite site({.first_token = 1ms, .tokens_per_second = 500}, because);
  const std::string front = R"(data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1714550400,"model":"m","choices":[)";
  const std::string answer = site.ask(streamed);
  EXPECT_THAT(answer, HasSubstr("Content-Type: text/event-stream"));
  EXPECT_THAT(answer, HasSubstr(front + "{\"index\":0,\"delta\":{\"content\":\"be \"},\"finish_reason\":null}]}\n\n"));
  EXPECT_THAT(answer, HasSubstr(front + "{\"index\":0,\"delta\":{\"content\":\"cause\"},\"finish_reason\":null}]}\n\n"));
  EXPECT_THAT(answer, HasSubstr(front + "{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n"));
  EXPECT_THAT(answer,
              HasSubstr(front + "],\"usage\":{\"prompt_tokens\":1,\"completion_tokens\":2,\"total_tokens\":3}}\n\ndata: [DONE]\n\n"));
}

TEST(model_stub, a_whole_answer_is_one_completion) {
  const StubSite site({.first_token = 1ms, .tokens_per_second = 0}, because);
  EXPECT_EQ(
      body_of(site.ask(whole)),
      R"({"id":"chatcmpl-1","object":"chat.completion","created":1714550400,"model":"m","choices":[{"index":0,"message":)"
      R"({"role":"assistant","content":"be cause"},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3}})");
}

TEST(model_stub, tokens_come_no_earlier_than_they_are_due) {
  const StubSite site({.first_token = 40ms, .tokens_per_second = 100, .tokens = 5});
  for (const char* body : {streamed, whole}) {
    const auto begun = std::chrono::steady_clock::now();
    site.ask(body);
    EXPECT_GE(std::chrono::steady_clock::now() - begun, 80ms);
  }
}

TEST(model_stub, stamps_say_when_a_token_was_due) {
  const StubSite site({.first_token = 0ms, .tokens_per_second = 1000, .tokens = 2, .kind = StubSettings::Tokens::stamps});
  const std::string answer = site.ask(streamed);
  const auto stamp_behind = [&](std::size_t& at) {
    at = answer.find("\"content\":\"", at) + 11;
    return std::stoll(answer.substr(at));
  };
  std::size_t at = 0;
  const auto first = stamp_behind(at);
  EXPECT_EQ(stamp_behind(at) - first, 1000);
  const auto now = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now().time_since_epoch()).count();
  EXPECT_NEAR(static_cast<double>(now - first), 5e6, 5e6);
}

TEST(model_stub, what_it_cannot_answer_is_told) {
  const StubSite site({.models = {"small", "large"}});
  struct Row {
    std::string request;
    int status;
    const char* told;
  };
  const Row rows[] = {
      {StubSite::request("{"), 400, "the body is no JSON"},
      {StubSite::request(R"({"messages":[{"content":"x"}]})"), 400, "model: "},
      {StubSite::request(R"({"model":"small"})"), 400, "messages: at least one"},
      {StubSite::request(R"({"model":"small","messages":[{"content":"x"}],"max_tokens":0})"), 400, "max_tokens: "},
      {StubSite::request(whole), 404, "The model 'm' does not exist"},
      {"GET /v1/chat/completions HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405, "Only POST"},
      {"GET /v2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404, "Nothing is at /v2"},
  };
  for (const Row& row : rows) {
    const std::string answer = site.exchange(row.request);
    EXPECT_EQ(status_of(answer), row.status) << row.request;
    EXPECT_THAT(body_of(answer), HasSubstr(row.told));
  }
  EXPECT_THAT(site.get("/v1/models"), AllOf(HasSubstr(R"("id":"small")"), HasSubstr(R"("id":"large")")));
}

TEST(model_stub, refusals_have_the_status_and_the_wait_that_were_set) {
  StubSite site({.errors = 1, .error_status = 429, .retry_after = 7s});
  const std::string answer = site.ask(streamed);
  EXPECT_EQ(status_of(answer), 429);
  EXPECT_THAT(answer, HasSubstr("Retry-After: 7\r\n"));
  EXPECT_EQ(site.counts().refused, 1);
}

TEST(model_stub, a_broken_answer_ends_without_its_end) {
  StubSite site({.first_token = 0ms, .tokens_per_second = 0, .breaks = 1}, because);
  const std::string answer = site.ask(streamed);
  EXPECT_THAT(answer, AllOf(HasSubstr("be "), Not(HasSubstr("cause")), Not(HasSubstr("[DONE]")), Not(HasSubstr("\r\n0\r\n"))));
  EXPECT_EQ(status_of(site.ask(whole)), 502);
  EXPECT_EQ(site.counts().broken, 2);
  EXPECT_EQ(site.counts().open, 0);
}

TEST(model_stub, a_reader_who_leaves_is_noticed_and_counted) {
  StubSite site({.first_token = 3600s});
  {
    RawSocket client(site.port());
    client.send(StubSite::request(streamed));
    while (client.socket().available() == 0) client.socket().wait(boost::asio::ip::tcp::socket::wait_read);
    EXPECT_EQ(site.counts().open, 1);
  }
  ASSERT_TRUE(site.observer().until_open(0));
  EXPECT_EQ(site.counts().open, 0);
  EXPECT_EQ(site.counts().abandoned, 1);
  EXPECT_THAT(site.get("/counts"),
              HasSubstr(R"({"asked":1,"open":0,"open_max":1,"answered":0,"refused":0,"broken":0,"abandoned":1,"tokens":0})"));
}

TEST(model_stub, a_stop_does_not_wait_for_slow_answers) {
  std::optional<StubSite> site(std::in_place, StubSettings{.first_token = 3600s});
  RawSocket whole_reader(site->port());
  whole_reader.send(StubSite::request(whole));
  RawSocket stream_reader(site->port());
  stream_reader.send(StubSite::request(streamed));
  while (site->counts().open < 2) {}
  const auto begun = std::chrono::steady_clock::now();
  site.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
}

}  // namespace
}  // namespace orc
