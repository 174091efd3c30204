#include "adapters/docker/engine_client.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>

#include "adapters/docker/engine_facts.h"
#include "adapters/docker/engine_words.h"
#include "adapters/docker/testing/stub_engine.h"

namespace orc {
namespace {

using namespace std::chrono_literals;
using Then = StubEngine::Answer::Then;

template <typename T>
Result<T> run(boost::asio::io_context& io, Async<T> task) {
  std::optional<Result<T>> outcome;
  boost::asio::co_spawn(io, std::move(task), [&](const std::exception_ptr& thrown, Result<T> result) {
    if (thrown) std::rethrow_exception(thrown);
    outcome = std::move(result);
  });
  io.restart();
  io.run();
  return std::move(*outcome);
}

struct Hostile {
  const char* name;
  StubEngine::Answer answer;
  const char* says;
};

std::vector<Hostile> hostile_answers() {
  const std::string head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
  std::string endless_header = head;
  while (endless_header.size() < 200'000) endless_header += "X-More: " + std::string(100, 'x') + "\r\n";
  return {
      {"nothing", {.bytes = ""}, "broke off"},
      {"garbage", {.bytes = std::string(5000, '\x01')}, "cannot be understood"},
      {"header without end", {.bytes = endless_header, .then = Then::stall}, "header of more than"},
      {"one header line without end", {.bytes = head + "X: " + std::string(200'000, 'x'), .then = Then::stall}, "header of more than"},
      {"cut in the header", {.bytes = head}, "broke off"},
      {"cut in the body", {.bytes = head + "Content-Length: 100\r\n\r\n{"}, "broke off"},
      {"cut in a chunk", {.bytes = head + "Transfer-Encoding: chunked\r\n\r\nff\r\nabc"}, "broke off"},
      {"bad chunk", {.bytes = head + "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc"}, "cannot be understood"},
      {"two lengths", {.bytes = head + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"}, "cannot be understood"},
      {"body too long", {.bytes = head + "Content-Length: 99999999999\r\n\r\n{"}, "more than"},
      {"body that goes on", {.bytes = head + "\r\n" + std::string(engine_reply_bytes_max + 1000, 'x')}, "more than"},
      {"silent", {.bytes = "", .then = Then::stall}, "silent"},
      {"silent in the header", {.bytes = head, .then = Then::stall}, "silent"},
      {"silent in the body", {.bytes = head + "Content-Length: 100\r\n\r\n{", .then = Then::stall}, "silent"},
  };
}

TEST(EngineClient, an_answer_that_is_none_is_an_error_that_says_why) {
  for (const Hostile& hostile : hostile_answers()) {
    SCOPED_TRACE(hostile.name);
    StubEngine stub([&](const std::string&) { return hostile.answer; });
    boost::asio::io_context io;
    EngineClient engine(io.get_executor(), stub.socket());
    const auto patience = std::string_view(hostile.says) == "silent" ? 300ms : 20'000ms;
    const auto asked = run(io, engine.ask({.target = "/info", .patience = patience}));
    ASSERT_FALSE(asked);
    EXPECT_EQ(asked.error().code, ErrorCode::unavailable);
    EXPECT_TRUE(asked.error().message.contains(hostile.says)) << asked.error().message;
    EXPECT_LT(asked.error().message.size(), 500U);
  }
}

TEST(EngineClient, a_followed_answer_that_breaks_off_is_an_error_and_what_came_was_told) {
  StubEngine stub([&](const std::string&) -> StubEngine::Answer {
    return {.bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nff\r\nde"};
  });
  boost::asio::io_context io;
  EngineClient engine(io.get_executor(), stub.socket());
  std::string told;
  const auto followed = run(io, engine.follow({.target = "/images/create"}, [&](std::string_view part) -> Result<void> {
    told += part;
    return {};
  }));
  ASSERT_FALSE(followed);
  EXPECT_EQ(followed.error().code, ErrorCode::unavailable);
  EXPECT_EQ(told, "abcde");
}

TEST(EngineClient, a_stream_that_stays_open_after_the_hang_up_is_left) {
  StubEngine stub([&](const std::string&) -> StubEngine::Answer { return {.bytes = "HTTP/1.1 200 OK\r\n\r\n", .then = Then::stall}; });
  boost::asio::io_context io;
  EngineClient engine(io.get_executor(), stub.socket());
  HangUp hang_up;
  EngineCall call{.target = "/x", .patience = endless_patience, .hang_up = &hang_up};
  boost::asio::steady_timer timer(io, 30ms);
  timer.async_wait([&](boost::system::error_code) { hang_up.now(); });
  const auto asked = run(io, engine.ask(std::move(call)));
  ASSERT_FALSE(asked);
  EXPECT_TRUE(asked.error().message.contains("hung up")) << asked.error().message;
  EXPECT_FALSE(run(io, engine.ask({.target = "/x", .hang_up = &hang_up}))) << "it stays hung up";
}

TEST(EngineClient, a_refusal_is_quoted_in_bounds) {
  struct Case {
    int status;
    std::string body;
    ErrorCode code;
    std::string says;
  };
  const Case cases[] = {
      {404, R"({"message":"No such image: a:1"})", ErrorCode::not_found, "Docker says: No such image: a:1"},
      {409, R"({"message":"in\nuse"})", ErrorCode::conflict, "Docker says: in use"},
      {400, "plain words", ErrorCode::invalid_argument, "Docker says: plain words"},
      {500, "", ErrorCode::unavailable, "Docker says: status 500"},
      {429, R"({"message":"toomanyrequests: later"})", ErrorCode::unavailable, "Docker says: toomanyrequests: later"},
      {500, std::string(5000, 'x'), ErrorCode::unavailable, "Docker says: " + std::string(engine_message_bytes_max, 'x') + " …"},
  };
  for (const Case& one : cases) {
    StubEngine stub([&](const std::string&) { return StubEngine::json(one.status, one.body); });
    boost::asio::io_context io;
    EngineClient engine(io.get_executor(), stub.socket());
    const auto asked = run(io, engine.ask({.target = "/x"}));
    ASSERT_FALSE(asked);
    EXPECT_EQ(asked.error(), (Error{one.code, one.says}));
    const auto followed = run(io, engine.follow({.target = "/x"}, [](std::string_view) -> Result<void> { return {}; }));
    ASSERT_FALSE(followed);
    EXPECT_EQ(followed.error(), (Error{one.code, one.says}));
    const auto opened = run(io, engine.open({.method = "POST", .target = "/containers/x/attach?stream=1"}));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error(), (Error{one.code, one.says}));
  }
}

TEST(EngineClient, no_engine_is_an_error_that_names_the_socket) {
  boost::asio::io_context io;
  for (const std::string& path : {std::string("/nonexistent/docker.sock"), "/" + std::string(200, 'x')}) {
    EngineClient engine(io.get_executor(), path);
    const auto asked = run(io, engine.ask({.target = "/_ping"}));
    ASSERT_FALSE(asked);
    EXPECT_EQ(asked.error().code, ErrorCode::unavailable);
    EXPECT_TRUE(asked.error().message.contains(path)) << asked.error().message;
  }
}

TEST(EngineFacts, the_newest_version_that_both_speak_is_spoken) {
  const std::pair<std::string_view, std::string_view> cases[] = {{"1.40", "1.40"}, {"1.41", "1.41"}, {"1.99", "1.47"}};
  for (const auto& [offered, agreed] : cases) EXPECT_EQ(agreed_api_version(offered).value_or("none"), agreed);
  for (const std::string_view bad : {"", "1.24", "1.", "2.0", "1.41x", "1.-5", "latest", "1.99999999999"})
    EXPECT_FALSE(agreed_api_version(bad)) << bad;
}

TEST(EngineFacts, an_engine_that_cannot_hold_a_limit_is_a_problem) {
  std::string info =
      R"({"MemoryLimit":true,"PidsLimit":false,"CpuCfsQuota":true,"SwapLimit":false,"SecurityOptions":["name=seccomp,profile=default"],"OSType":"linux","ServerVersion":"1"})";
  StubEngine stub([&](const std::string& request) {
    if (request.starts_with("GET /_ping")) return StubEngine::json(200, "OK", "Api-Version: 1.43\r\n");
    return StubEngine::json(200, info);
  });
  boost::asio::io_context io;
  EngineClient engine(io.get_executor(), stub.socket());
  const auto facts = run(io, examine_engine(engine, 5s));
  ASSERT_TRUE(facts) << facts.error().message;
  EXPECT_TRUE(facts->problem.contains("pids")) << facts->problem;
  EXPECT_TRUE(facts->not_held.contains("swap"));
  EXPECT_EQ(facts->isolation, Isolation::strict);
  EXPECT_EQ(stub.requests().back(), "GET /v1.43/info");
  for (const char* bad : {"[]", "{", "null"}) {
    info = bad;
    EXPECT_FALSE(run(io, examine_engine(engine, 5s))) << bad;
  }
}

}  // namespace
}  // namespace orc
