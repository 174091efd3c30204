#include "adapters/http/http_server.h"

#include <gtest/gtest.h>
#include <string>

#include "adapters/http/http_test_server.h"

namespace orc {
namespace {

std::string get(std::string_view path, std::string_view more = "") {
  return "GET " + std::string{path} + " HTTP/1.1\r\nHost: a\r\n" + std::string{more} + "\r\n";
}

std::string post(std::string_view path, std::string_view body) {
  return "POST " + std::string{path} + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string{body};
}

TEST(HttpServer, answers_a_request_and_keeps_the_connection) {
  TestServer server;
  RawSocket client(server.port);
  for (int i = 0; i < 3; ++i) {
    client.send(get("/a"));
    const std::string answer = client.read_answer();
    EXPECT_EQ(status_of(answer), 200);
    EXPECT_EQ(body_of(answer), "GET /a ");
    EXPECT_NE(answer.find("Date: "), std::string::npos);
    EXPECT_EQ(answer.find("Connection:"), std::string::npos);
  }
}

TEST(HttpServer, answers_pipelined_requests_in_order) {
  TestServer server;
  RawSocket client(server.port);
  std::string requests;
  std::string expected;
  for (int i = 0; i < 1'000; ++i) {
    requests += i % 3 == 0 ? post("/p" + std::to_string(i), "body") : get("/p" + std::to_string(i));
    expected += (i % 3 == 0 ? "POST /p" + std::to_string(i) + " body" : "GET /p" + std::to_string(i) + " ") + "\n";
  }
  std::thread sender([&] { client.send(requests); });
  std::string bodies;
  for (int i = 0; i < 1'000; ++i) bodies += body_of(client.read_answer()) + "\n";
  sender.join();
  EXPECT_EQ(bodies, expected);
}

TEST(HttpServer, each_request_of_a_connection_has_a_store_patience_of_its_own) {
  TestServer server;
  RawSocket client(server.port);
  client.send(get("/patience") + get("/patience"));
  EXPECT_EQ(body_of(client.read_answer()), "whole");
  EXPECT_EQ(body_of(client.read_answer()), "whole");
}

TEST(HttpServer, long_and_short_answers_keep_their_order) {
  TestServer server;
  RawSocket client(server.port);
  std::string requests;
  std::string expected;
  for (const std::size_t size : {10U, 70'000U, 65'530U, 20U, 600'000U, 65'536U, 65'528U, 65'529U, 1'048'576U, 5U}) {
    const std::string body(size, static_cast<char>('a' + size % 7));
    requests += post("/p", body) + get("/g");
    expected += "POST /p " + body + "\nGET /g \n";
  }
  std::thread sender([&] { client.send(requests); });
  std::string bodies;
  for (int i = 0; i < 20; ++i) bodies += body_of(client.read_answer()) + "\n";
  sender.join();
  EXPECT_TRUE(bodies == expected);
  client.send("HEAD /large HTTP/1.1\r\nHost: a\r\n\r\n" + get("/after"));
  EXPECT_EQ(body_of(client.read_answer("HEAD")), "");
  EXPECT_EQ(body_of(client.read_answer()), "GET /after ");
}

TEST(HttpServer, reads_a_request_that_comes_byte_by_byte) {
  TestServer server;
  RawSocket client(server.port);
  client.socket().set_option(boost::asio::ip::tcp::no_delay(true));
  const std::string request =
      "POST /slices HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n1\r\n \r\nA\r\n0123456789\r\n0\r\nTrailer: "
      "x\r\n\r\n";
  for (const char byte : request) client.send({&byte, 1});
  EXPECT_EQ(body_of(client.read_answer()), "POST /slices hello 0123456789");
  client.send(get("/next"));
  EXPECT_EQ(body_of(client.read_answer()), "GET /next ");
}

TEST(HttpServer, takes_bodies_of_a_mebibyte_in_both_framings) {
  TestServer server;
  RawSocket client(server.port);
  const std::string body(1024 * 1024, 'b');
  std::thread sender([&] { client.send(post("/m", body)); });
  EXPECT_EQ(body_of(client.read_answer()).size(), body.size() + 8);
  sender.join();
  std::string chunked = "POST /m HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 1024; ++i) chunked += "400\r\n" + body.substr(0, 1024) + "\r\n";
  chunked += "0\r\n\r\n";
  std::thread second([&] { client.send(chunked); });
  EXPECT_EQ(body_of(client.read_answer()), "POST /m " + body);
  second.join();
}

TEST(HttpServer, sends_no_body_for_head_and_204) {
  TestServer server;
  RawSocket client(server.port);
  client.send("HEAD /a HTTP/1.1\r\nHost: a\r\n\r\n");
  const std::string head = client.read_answer("HEAD");
  EXPECT_NE(head.find("Content-Length: 8\r\n"), std::string::npos);
  client.send(get("/nothing"));
  const std::string nothing = client.read_answer();
  EXPECT_EQ(status_of(nothing), 204);
  EXPECT_EQ(nothing.find("Content-Length"), std::string::npos);
  client.send(get("/a"));
  EXPECT_EQ(body_of(client.read_answer()), "GET /a ");
}

TEST(HttpServer, closes_when_the_client_asks_or_speaks_http_1_0) {
  TestServer server;
  EXPECT_EQ(answers_in(server.exchange(get("/a", "Connection: close\r\n") + get("/canary"))), 1U);
  EXPECT_EQ(answers_in(server.exchange("GET /a HTTP/1.0\r\n\r\n")), 1U);
  RawSocket kept(server.port);
  kept.send("GET /a HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  EXPECT_NE(kept.read_answer().find("Connection: keep-alive\r\n"), std::string::npos);
  kept.send(get("/b"));
  EXPECT_EQ(status_of(kept.read_answer()), 200);
}

TEST(HttpServer, asks_for_a_body_only_when_it_wants_it) {
  TestServer server;
  RawSocket wanted(server.port);
  wanted.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(wanted.read_answer(), "HTTP/1.1 100 Continue\r\n\r\n");
  wanted.send("ok");
  EXPECT_EQ(body_of(wanted.read_answer()), "POST /a ok");

  const std::string too_large =
      server.exchange("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 1073741824\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(status_of(too_large), 413);
  EXPECT_EQ(answers_in(too_large), 1U);
  const std::string denied = server.exchange("POST /denied HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(status_of(denied), 401);
  EXPECT_EQ(server.handler.handled, 1);
}

TEST(HttpServer, refuses_a_chunked_body_as_soon_as_it_is_too_large) {
  TestServer server;
  const std::string answer = server.exchange("POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n200001\r\n");
  EXPECT_EQ(status_of(answer), 413);
  EXPECT_EQ(server.handler.handled, 0);
}

TEST(HttpServer, keeps_the_connection_when_an_unwanted_body_has_arrived_whole) {
  TestServer server;
  RawSocket client(server.port);
  client.send(post("/denied", "body") + get("/next"));
  EXPECT_EQ(status_of(client.read_answer()), 401);
  EXPECT_EQ(body_of(client.read_answer()), "GET /next ");
}

TEST(HttpServer, turns_a_failing_handler_into_a_500_and_goes_on) {
  TestServer server;
  RawSocket client(server.port);
  for (const std::string_view path : {"/throws", "/throws-early", "/evil-field"}) {
    client.send(get(path));
    const std::string answer = client.read_answer();
    EXPECT_EQ(status_of(answer), 500) << path;
    EXPECT_EQ(answer.find("Set-Cookie"), std::string::npos);
    EXPECT_NE(answer.find("Content-Type: application/json\r\n"), std::string::npos);
  }
  EXPECT_EQ(server.observer.failures().size(), 3U);
}

TEST(HttpServer, hands_the_context_of_before_body_to_handle) {
  TestServer server;
  RawSocket client(server.port);
  client.send(get("/context"));
  EXPECT_EQ(body_of(client.read_answer()), "seen");
}

TEST(HttpServer, tells_the_observer_of_every_request) {
  TestServer server;
  RawSocket client(server.port);
  client.send(post("/a", "12345"));
  client.read_answer();
  client.send("GET nonsense\r\n\r\n");
  client.read_to_end();
  const auto finished = server.observer.finished();
  ASSERT_EQ(finished.size(), 2U);
  EXPECT_EQ(finished[0].method, "POST");
  EXPECT_EQ(finished[0].route, "/{echo}");
  EXPECT_EQ(finished[0].status, 200);
  EXPECT_EQ(finished[0].bytes_in, 5U);
  EXPECT_EQ(finished[0].bytes_out, 13U);
  EXPECT_EQ(finished[1].status, 400);
  EXPECT_EQ(finished[1].method, "");
  EXPECT_NE(finished[0].request_id, finished[1].request_id);
  EXPECT_EQ(finished[0].request_id.size(), 16U);
}

TEST(HttpServer, listens_on_ipv6_and_names_what_it_cannot_listen_on) {
  ByteBudget budget(0, 0);
  boost::asio::io_context io;
  EchoHandler handler;
  RecordingObserver observer;
  HttpServer six(io, {}, budget, handler, observer);
  if (const auto endpoint = six.start("[::1]", 0)) EXPECT_EQ(endpoint->address, "::1");
  HttpServer named(io, {}, budget, handler, observer);
  const auto refused = named.start("example.org", 0);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
  TestServer other;
  HttpServer taken(io, {}, budget, handler, observer);
  const auto second = taken.start("127.0.0.1", other.port);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, ErrorCode::unavailable);
}

// Two servers on one place; each answers connections while the other stops.
class TwoServers {
 public:
  ~TwoServers() {
    one.wait(std::chrono::steady_clock::now() + std::chrono::seconds(10));
    other.wait(std::chrono::steady_clock::now() + std::chrono::seconds(10));
    thread_.join();
  }
  // Once both listen.
  void run() {
    thread_ = std::thread([this] { io_.run(); });
  }
  static int ask(std::uint16_t port) {
    RawSocket client(port);
    client.send("GET /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
    return status_of(client.read_to_end());
  }

 private:
  ByteBudget budget_{1 << 20, 1 << 14};
  boost::asio::io_context io_;
  EchoHandler handler_;
  RecordingObserver observer_;
  std::thread thread_;

 public:
  HttpServer one{io_, {}, budget_, handler_, observer_};
  HttpServer other{io_, {}, budget_, handler_, observer_};
};

TEST(HttpServer, a_port_is_shared_by_servers_that_both_say_so) {
  TwoServers servers;
  const auto first = servers.one.start("127.0.0.1", 0, PortUse::shared);
  ASSERT_TRUE(first);
  EXPECT_TRUE(servers.other.start("127.0.0.1", first->port, PortUse::shared));
  ByteBudget budget(0, 0);
  boost::asio::io_context io;
  EchoHandler handler;
  RecordingObserver observer;
  HttpServer intruder(io, {}, budget, handler, observer);
  EXPECT_FALSE(intruder.start("127.0.0.1", first->port));
  servers.run();
  EXPECT_TRUE(servers.one.wait(std::chrono::steady_clock::now() + std::chrono::seconds(10)));
  EXPECT_EQ(TwoServers::ask(first->port), 200);
}

TEST(HttpServer, a_socket_that_was_handed_over_outlives_the_server_that_stops) {
  boost::asio::io_context io;
  boost::asio::ip::tcp::acceptor given(io, {boost::asio::ip::address_v4::loopback(), 0});
  TwoServers servers;
  const auto first = servers.one.start(FileDescriptor(dup(given.native_handle())));
  const auto second = servers.other.start(FileDescriptor(dup(given.native_handle())));
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->port, given.local_endpoint().port());
  EXPECT_EQ(second->address, "127.0.0.1");
  servers.run();
  EXPECT_TRUE(servers.one.wait(std::chrono::steady_clock::now() + std::chrono::seconds(10)));
  EXPECT_EQ(TwoServers::ask(first->port), 200);
}

TEST(HttpServer, what_was_handed_over_must_be_a_socket) {
  ByteBudget budget(0, 0);
  boost::asio::io_context io;
  EchoHandler handler;
  RecordingObserver observer;
  HttpServer server(io, {}, budget, handler, observer);
  const auto refused = server.start(FileDescriptor(dup(0)));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace orc
