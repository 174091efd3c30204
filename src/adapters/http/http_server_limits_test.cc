// Clients that are slow, idle or too many, and a server that stops. Limits are tiny here, so that closing comes by itself.

#include <chrono>
#include <future>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <sys/resource.h>
#include <vector>

#include "adapters/http/http_server.h"
#include "adapters/http/http_test_server.h"

namespace orc {
namespace {

using std::chrono::milliseconds;
using testing::Contains;
using testing::ElementsAre;

constexpr std::string_view request = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";

HttpServerLimits swift() {
  HttpServerLimits limits;
  limits.sweep_every = milliseconds(10);
  return limits;
}

TEST(HttpServerLimits, an_idle_connection_is_closed_without_a_word) {
  HttpServerLimits limits = swift();
  limits.idle_max = milliseconds(50);
  TestServer server(limits);
  RawSocket fresh(server.port);
  EXPECT_TRUE(fresh.is_closed_silently());
  RawSocket used(server.port);
  used.send(request);
  EXPECT_EQ(status_of(used.read_answer()), 200);
  EXPECT_TRUE(used.is_closed_silently());
  EXPECT_THAT(server.observer.cuts(), ElementsAre(HttpCut::idle, HttpCut::idle));
}

TEST(HttpServerLimits, a_slow_header_gets_408) {
  HttpServerLimits limits = swift();
  limits.header_max = milliseconds(50);
  TestServer server(limits);
  const std::string answer = server.exchange("GET /a HTTP/1.1\r\nHost");
  EXPECT_EQ(status_of(answer), 408);
  EXPECT_THAT(server.observer.cuts(), Contains(HttpCut::slow_header));
}

// The time of a header runs from its first byte: a trickle does not renew it.
TEST(HttpServerLimits, a_trickled_header_gets_408) {
  HttpServerLimits limits = swift();
  limits.header_max = milliseconds(100);
  limits.request_line_max = limits.header_block_max = 1024 * 1024 * 1024;
  TestServer server(limits);
  RawSocket client(server.port);
  std::atomic<bool> answered = false;
  std::thread trickle([&] {
    while (!answered) client.send("a");
  });
  EXPECT_EQ(status_of(client.read_answer()), 408);
  answered = true;
  trickle.join();
}

TEST(HttpServerLimits, a_slow_body_gets_408) {
  HttpServerLimits limits = swift();
  limits.transfer_grace = milliseconds(50);
  TestServer server(limits);
  const std::string answer = server.exchange("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\nx");
  EXPECT_EQ(status_of(answer), 408);
  EXPECT_THAT(server.observer.cuts(), Contains(HttpCut::slow_body));
}

TEST(HttpServerLimits, a_client_that_does_not_read_is_cut) {
  HttpServerLimits limits = swift();
  limits.transfer_grace = milliseconds(50);
  limits.transfer_rate_min = 1024 * 1024 * 1024;
  TestServer server(limits);
  RawSocket client(server.port);
  client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_TRUE(server.observer.until_open(1));
  EXPECT_TRUE(server.observer.until_open(0));
  EXPECT_THAT(server.observer.cuts(), Contains(HttpCut::slow_reader));
  EXPECT_LT(client.read_to_end().size(), EchoHandler::large_size);
}

TEST(HttpServerLimits, an_answer_larger_than_the_socket_buffers_arrives_whole) {
  TestServer server;
  RawSocket client(server.port);
  client.send("GET /large HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(body_of(client.read_answer()).size(), EchoHandler::large_size);
}

TEST(HttpServerLimits, a_connection_too_many_gets_503) {
  HttpServerLimits limits = swift();
  limits.connections_max = 2;
  TestServer server(limits);
  RawSocket first(server.port);
  RawSocket second(server.port);
  ASSERT_TRUE(server.observer.until_open(2));
  const std::string answer = server.exchange(request);
  EXPECT_EQ(status_of(answer), 503);
  EXPECT_NE(answer.find("Retry-After: 1\r\n"), std::string::npos);
  first.send(request);
  EXPECT_EQ(status_of(first.read_answer()), 200);
}

TEST(HttpServerLimits, the_last_request_of_a_connection_is_answered_with_close) {
  HttpServerLimits limits;
  limits.requests_per_connection_max = 2;
  TestServer server(limits);
  const std::string answers = server.exchange(std::string{request} + std::string{request} + std::string{request});
  EXPECT_EQ(answers_in(answers), 2U);
  EXPECT_NE(answers.find("Connection: close"), std::string::npos);
}

TEST(HttpServerLimits, stopping_closes_idle_connections_and_answers_what_is_in_flight) {
  HttpServerLimits limits = swift();
  limits.linger_max = milliseconds(50);
  TestServer server(limits);
  RawSocket idle(server.port);
  idle.send(request);
  idle.read_answer();
  RawSocket busy(server.port);
  busy.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  server.handler.until_someone_waits();
  server.server().request_stop();
  EXPECT_TRUE(idle.is_closed_silently());
  server.release();
  const std::string answer = busy.read_to_end();
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(server.server().wait(std::chrono::steady_clock::now() + std::chrono::seconds(10)));
}

TEST(HttpServerLimits, a_request_on_an_idle_connection_of_a_stopping_server_is_answered) {
  HttpServerLimits limits;
  limits.stop_idle_grace = std::chrono::hours(1);
  TestServer server(limits);
  RawSocket idle(server.port);
  idle.send(request);
  idle.read_answer();
  server.server().request_stop();
  idle.send(request);
  const std::string answer = idle.read_to_end();
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(server.server().wait(std::chrono::steady_clock::now() + std::chrono::seconds(10)));
}

TEST(HttpServerLimits, who_has_just_connected_to_a_stopping_server_is_waited_for_and_answered) {
  HttpServerLimits limits;
  limits.stop_idle_grace = milliseconds(0);
  limits.stop_fresh_grace = std::chrono::hours(1);
  TestServer server(limits);
  RawSocket fresh(server.port), idle(server.port);
  idle.send(request);
  idle.read_answer();
  server.server().request_stop();
  EXPECT_TRUE(idle.is_closed_silently());
  EXPECT_FALSE(idle.was_reset());
  fresh.send(request);
  EXPECT_EQ(status_of(fresh.read_to_end()), 200);
  EXPECT_TRUE(server.server().wait(std::chrono::steady_clock::now() + std::chrono::seconds(10)));
}

TEST(HttpServerLimits, stopping_does_not_wait_for_the_next_sweep) {
  HttpServerLimits limits;
  limits.sweep_every = std::chrono::hours(1);
  TestServer quiet(limits);
  EXPECT_TRUE(quiet.server().wait(std::chrono::steady_clock::now() + std::chrono::seconds(10)));
  TestServer server(limits);
  RawSocket idle(server.port);
  ASSERT_TRUE(server.observer.until_open(1));
  EXPECT_TRUE(server.server().wait(std::chrono::steady_clock::now() + std::chrono::seconds(10)));
  EXPECT_TRUE(server.server().wait(std::chrono::steady_clock::now()));
}

TEST(HttpServerLimits, waiting_past_the_deadline_cuts_the_rest) {
  TestServer server;
  RawSocket busy(server.port);
  busy.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
  server.handler.until_someone_waits();
  EXPECT_FALSE(server.server().wait(std::chrono::steady_clock::now()));
  EXPECT_TRUE(busy.is_closed_silently());
  EXPECT_THAT(server.observer.cuts(), Contains(HttpCut::stopping));
}

TEST(HttpServerLimits, a_server_out_of_descriptors_closes_newcomers_and_recovers) {
#if __has_feature(address_sanitizer)
  GTEST_SKIP() << "the sanitizer opens a pipe to look at an object, and takes its failure for a broken object; the other presets run this";
#endif
  HttpServerLimits limits = swift();
  TestServer server(limits);
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  std::vector<std::unique_ptr<RawSocket>> clients;
  clients.push_back(std::make_unique<RawSocket>(server.port));
  ASSERT_TRUE(server.observer.until_open(1));
  RawSocket newcomer(server.port);
  ASSERT_TRUE(server.observer.until_open(2));

  // One below what is in use: the next accept() fails, while our own sockets exist already.
  boost::asio::io_context io;
  boost::asio::ip::tcp::socket late(io);
  late.open(boost::asio::ip::tcp::v4());
  const int highest = ::dup(late.native_handle());
  ASSERT_GE(highest, 0);
  const rlimit tight{.rlim_cur = static_cast<rlim_t>(highest), .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  late.connect({boost::asio::ip::address_v4::loopback(), server.port});
  char byte = 0;
  boost::system::error_code error;
  late.read_some(boost::asio::buffer(&byte, 1), error);
  EXPECT_TRUE(error);
  EXPECT_THAT(server.observer.cuts(), ElementsAre(HttpCut::no_descriptors));
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  ::close(highest);
  RawSocket again(server.port);
  again.send(request);
  EXPECT_EQ(status_of(again.read_answer()), 200);
}

TEST(HttpServerLimits, the_handler_completes_every_answer_also_those_that_it_did_not_give) {
  HttpServerLimits limits = swift();
  limits.transfer_grace = milliseconds(50);
  limits.held_bytes_max = 400;
  limits.held_bytes_allowance = 200;
  TestServer server(limits);
  server.handler.marks_answers = true;
  server.handler.body_max = 1000;
  const struct {
    std::string request;
    int status;
    std::string_view seen;  // of the head
  } cases[] = {
      {"GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 200, " GET /a\r\n"},
      {"GET /throws HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 500, " GET /throws\r\n"},
      {"GET /evil-field HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", 500, " GET /evil-field\r\n"},
      {"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n", 413, " POST /a\r\n"},
      {"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 900\r\n\r\n", 503, " POST /a\r\n"},
      {"GET /large HTTP/1.1\r\nHost: a\r\n\r\n", 503, " GET /large\r\n"},
      {"POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx", 408, " POST /a\r\n"},
      {"GET / HTTP/1.1\nHost: a\r\n\r\n", 400, "  \r\n"},
      {"GET /" + std::string(limits.request_line_max, 'a'), 414, "  \r\n"},
      {"GET / HTTP/1.1\r\nA: " + std::string(limits.header_block_max, 'a'), 431, "  \r\n"},
  };
  for (const auto& [bytes, status, seen] : cases) {
    const std::string answer = server.exchange(bytes);
    EXPECT_EQ(status_of(answer), status) << answer;
    const std::size_t mark = answer.find("\r\nX-Mark: ");
    ASSERT_NE(mark, std::string::npos) << answer;
    EXPECT_EQ(answer.find("X-Mark", mark + 3), std::string::npos) << "once";
    EXPECT_EQ(answer.substr(mark + 10 + 16, seen.size()), seen) << answer;
  }
}

TEST(HttpServerLimits, a_head_that_does_not_arrive_has_no_marks_of_the_request_before) {
  HttpServerLimits limits = swift();
  limits.header_max = milliseconds(50);
  TestServer server(limits);
  server.handler.marks_answers = true;
  RawSocket client(server.port);
  client.send("HEAD /first HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_EQ(status_of(client.read_answer("HEAD")), 200);
  client.send("GET /second");
  const std::string answer = client.read_answer();
  EXPECT_EQ(status_of(answer), 408);
  EXPECT_EQ(answer.find("/first"), std::string::npos) << answer;
  EXPECT_FALSE(body_of(answer).empty()) << "it is no answer to HEAD";
}

}  // namespace
}  // namespace orc
