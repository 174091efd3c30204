#include "adapters/http/http_client.h"

#include <gtest/gtest.h>
#include <thread>

#include "adapters/http/http_origin.h"
#include "adapters/http/http_test_server.h"

namespace orc {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

HttpClient client_of(std::uint16_t port) { return HttpClient::create("http://127.0.0.1:" + std::to_string(port)).value(); }

// Takes one connection per answer, reads a request head, sends the answer and closes.
class CannedServer {
 public:
  explicit CannedServer(std::vector<std::string> answers) : acceptor_(io_, {boost::asio::ip::address_v4::loopback(), 0}) {
    port = acceptor_.local_endpoint().port();
    thread_ = std::thread([this, answers = std::move(answers)] {
      for (const std::string& answer : answers) {
        auto socket = acceptor_.accept();
        char bytes[4096];
        boost::system::error_code error;
        socket.read_some(boost::asio::buffer(bytes), error);
        socket.write_some(boost::asio::buffer(answer), error);
      }
    });
  }
  ~CannedServer() { thread_.join(); }
  std::uint16_t port;

 private:
  boost::asio::io_context io_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::thread thread_;
};

TEST(HttpClient, sends_requests_over_one_kept_connection) {
  TestServer server;
  HttpClient client = client_of(server.port);
  for (int i = 0; i < 3; ++i) {
    const auto reply = client.request("POST", "/a?b=c", {{"X-Y", "z"}}, "body", seconds(10));
    ASSERT_TRUE(reply) << reply.error().message;
    EXPECT_EQ(reply->status, 200);
    EXPECT_EQ(reply->body, "POST /a body");
    EXPECT_EQ(reply->headers.value_of("content-type"), "text/plain");
  }
  EXPECT_TRUE(server.observer.until_open(1));
  const auto head = client.request("HEAD", "/a", {}, "", seconds(10));
  ASSERT_TRUE(head) << head.error().message;
  EXPECT_EQ(head->body, "");
  const auto nothing = client.request("GET", "/nothing", {}, "", seconds(10));
  ASSERT_TRUE(nothing) << nothing.error().message;
  EXPECT_EQ(nothing->status, 204);
}

TEST(HttpClient, reopens_a_connection_that_the_server_closed) {
  HttpServerLimits limits;
  limits.requests_per_connection_max = 1;
  TestServer server(limits);
  HttpClient client = client_of(server.port);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(client.request("POST", "/a", {}, "x", seconds(10)));
}

TEST(HttpClient, a_request_that_waits_can_be_hung_up_on_and_the_next_one_works) {
  TestServer server;
  HttpClient client = client_of(server.port);
  client.interrupt();  // nothing is under way
  ASSERT_TRUE(client.request("GET", "/a", {}, "", seconds(10)));
  std::thread other([&] {
    server.handler.until_someone_waits();
    client.interrupt();
  });
  const auto reply = client.request("GET", "/watched", {}, "", seconds(10));
  other.join();
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(reply.error().message.ends_with("was given up")) << reply.error().message;
  server.handler.client_has_left.wait(false);
  EXPECT_TRUE(client.request("GET", "/a", {}, "", seconds(10)));
}

TEST(HttpClient, says_that_nobody_listens) {
  std::uint16_t port = 0;
  {
    CannedServer gone({});
    port = gone.port;
  }
  const auto reply = client_of(port).request("GET", "/a", {}, "", seconds(10));
  ASSERT_FALSE(reply);
  EXPECT_EQ(reply.error().code, ErrorCode::unavailable);
  EXPECT_EQ(reply.error().message,
            "cannot connect to http://127.0.0.1:" + std::to_string(port) + ": Connection refused; is `orc serve` running?");
}

TEST(HttpClient, gives_up_at_its_time_out_and_works_again) {
  TestServer server;
  HttpClient client = client_of(server.port);
  const auto slow = client.request("GET", "/wait", {}, "", milliseconds(50));
  ASSERT_FALSE(slow);
  EXPECT_NE(slow.error().message.find("did not answer within 50 ms"), std::string::npos);
  EXPECT_TRUE(client.request("GET", "/a", {}, "", seconds(10)));
}

TEST(HttpClient, refuses_answers_that_are_cut_malformed_or_too_large) {
  CannedServer server({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", "SSH-2.0-nonsense\r\n\r\n", "",
                       "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"});
  HttpClient client = client_of(server.port);
  EXPECT_EQ(client.request("GET", "/", {}, "", seconds(10)).error().code, ErrorCode::unavailable);
  EXPECT_EQ(client.request("GET", "/", {}, "", seconds(10)).error().code, ErrorCode::unavailable);
  EXPECT_NE(client.request("GET", "/", {}, "", seconds(10)).error().message.find("closed the connection"), std::string::npos);
  client.set_reply_max(999);
  EXPECT_EQ(client.request("GET", "/", {}, "", seconds(10)).error().code, ErrorCode::resource_exhausted);
}

TEST(HttpClient, refuses_to_send_what_would_break_framing) {
  HttpClient client = client_of(1);
  EXPECT_EQ(client.request("GET", "/a b", {}, "", seconds(1)).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(client.request("GET", "a", {}, "", seconds(1)).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(client.request("G T", "/", {}, "", seconds(1)).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(client.request("GET", "/", {{"X", "a\r\nY: b"}}, "", seconds(1)).error().code, ErrorCode::invalid_argument);
}

TEST(HttpOrigin, addresses_are_read_or_refused) {
  EXPECT_EQ(parse_http_origin("http://127.0.0.1:8000/").value().url(), "http://127.0.0.1:8000");
  EXPECT_EQ(parse_http_origin("HTTP://localhost").value().port, "80");
  EXPECT_EQ(parse_http_origin("http://[::1]:81/a/b/").value().url(), "http://[::1]:81/a/b");
  for (const char* wrong : {"", "localhost", "ftp://a", "http://", "http://:80", "http://a:0", "http://a:65536", "http://a:x", "http://u@a",
                            "http://a?b", "http://a b", "http://[::1"}) {
    EXPECT_FALSE(parse_http_origin(wrong)) << wrong;
  }
  EXPECT_EQ(parse_http_or_https_origin("http://a:443").value().url(), "http://a:443");
  EXPECT_EQ(parse_http_or_https_origin("HTTPS://a/b/").value().port, "443");
  EXPECT_EQ(parse_http_or_https_origin("https://a:443/b/").value().url(), "https://a/b");
  EXPECT_EQ(parse_http_or_https_origin("https://[::1]:80").value().authority(), "[::1]:80");
  EXPECT_FALSE(parse_http_or_https_origin("https://u@a"));
  const auto secure = parse_http_origin("https://a");
  ASSERT_FALSE(secure);
  EXPECT_NE(secure.error().message.find("DOES NOT SPEAK HTTPS"), std::string::npos);
}

}  // namespace
}  // namespace orc
