#include <condition_variable>
#include <deque>
#include <gtest/gtest.h>
#include <mutex>

#include "adapters/http/http_test_server.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

// Gives what it was told to, then waits until it is told more or to give up.
class ToldSource final : public HttpBodySource {
 public:
  enum class Then : std::uint8_t { end, wait, go_on_for_ever, fail };
  ToldSource(std::deque<std::string> parts, Then then) : parts_(std::move(parts)), then_(then) {}

  boost::asio::awaitable<std::string> next() override {
    ++asked;
    if (!parts_.empty()) {
      std::string part = std::move(parts_.front());
      parts_.pop_front();
      co_return part;
    }
    if (then_ == Then::fail) throw std::runtime_error("the source broke");
    if (then_ == Then::go_on_for_ever && !gave_up_) co_return std::string(64 * 1024, 'x');
    if (then_ == Then::wait) {
      boost::asio::steady_timer gate(co_await boost::asio::this_coro::executor, SteadyTime::max());
      gate_ = &gate;
      boost::system::error_code cancelled;
      if (!gave_up_) co_await gate.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
      gate_ = nullptr;
    }
    co_return std::string{};
  }

  std::size_t kept_bytes() const override { return keeps; }

  void give_up() override {
    gave_up_ = true;
    if (gate_ != nullptr) gate_->cancel();
    given_up = true;
    given_up.notify_all();
  }

  std::atomic<int> asked = 0;
  std::atomic<std::size_t> keeps = 0;
  std::atomic<bool> given_up = false;

 private:
  std::deque<std::string> parts_;
  const Then then_;
  bool gave_up_ = false;
  boost::asio::steady_timer* gate_ = nullptr;
};

using Then = ToldSource::Then;

std::shared_ptr<ToldSource> source_of(TestServer& server, std::deque<std::string> parts, Then then) {
  auto source = std::make_shared<ToldSource>(std::move(parts), then);
  server.handler.source = source;
  return source;
}

constexpr std::string_view get_parts = "GET /parts HTTP/1.1\r\nHost: a\r\n\r\n";

// Reads until `text` has come.
std::string read_until(RawSocket& client, std::string_view text) {
  std::string all;
  while (!all.contains(text)) {
    char bytes[4096];
    const ssize_t size = ::recv(client.socket().native_handle(), bytes, sizeof bytes, 0);
    if (size <= 0) break;
    all.append(bytes, static_cast<std::size_t>(size));
  }
  return all;
}

TEST(HttpServerParts, parts_come_as_chunks_and_the_connection_ends) {
  TestServer server;
  source_of(server, {"one\n", "", "never"}, Then::end);
  const std::string answer = server.exchange(std::string(get_parts) + std::string(get_parts));
  EXPECT_TRUE(answer.contains("Transfer-Encoding: chunked\r\n")) << answer;
  EXPECT_TRUE(answer.contains("Connection: close\r\n")) << answer;
  EXPECT_FALSE(answer.contains("Content-Length")) << answer;
  EXPECT_EQ(body_of(answer), "4\r\none\n\r\n0\r\n\r\n");
}

TEST(HttpServerParts, an_old_client_gets_them_until_the_close_and_head_gets_none) {
  TestServer server;
  source_of(server, {"one\n", "two\n"}, Then::end);
  const std::string answer = server.exchange("GET /parts HTTP/1.0\r\n\r\n");
  EXPECT_EQ(body_of(answer), "one\ntwo\n");
  EXPECT_FALSE(answer.contains("Transfer-Encoding")) << answer;
  const auto source = source_of(server, {"one\n"}, Then::end);
  EXPECT_EQ(body_of(server.exchange("HEAD /parts HTTP/1.1\r\nHost: a\r\n\r\n")), "");
  EXPECT_EQ(source->asked, 0);
}

TEST(HttpServerParts, each_part_is_there_at_once_and_a_client_who_leaves_is_noticed) {
  TestServer server;
  const auto source = source_of(server, {"one\n"}, Then::wait);
  {
    RawSocket client(server.port);
    client.send(get_parts);
    EXPECT_TRUE(read_until(client, "one\n").contains("4\r\none\n"));
    EXPECT_FALSE(source->given_up);
  }
  source->given_up.wait(false);
  EXPECT_TRUE(server.observer.until_open(0));
}

TEST(HttpServerParts, a_handler_that_waits_hears_that_its_client_has_left) {
  TestServer server;
  {
    RawSocket client(server.port);
    client.send("POST /watched HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nhi");
    server.handler.until_someone_waits();
    EXPECT_FALSE(server.handler.client_has_left);
  }
  server.handler.client_has_left.wait(false);
  EXPECT_TRUE(server.observer.until_open(0));
}

TEST(HttpServerParts, a_client_who_was_watched_and_stayed_gets_its_answer_and_the_next_one) {
  TestServer server;
  RawSocket client(server.port);
  for (int i = 0; i < 3; ++i) {
    client.send("GET /watched HTTP/1.1\r\nHost: a\r\n\r\n");
    server.handler.until_someone_waits();
    server.release();
    EXPECT_EQ(body_of(client.read_answer()), "GET /watched ");
    client.send("GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(body_of(client.read_answer()), "GET /next ");
  }
  EXPECT_FALSE(server.handler.client_has_left);
}

TEST(HttpServerParts, a_stopping_server_ends_them_in_good_order) {
  TestServer server;
  source_of(server, {"one\n"}, Then::wait);
  RawSocket client(server.port);
  client.send(get_parts);
  read_until(client, "one\n");
  server.server().request_stop();
  EXPECT_TRUE(client.read_to_end().ends_with("0\r\n\r\n"));
}

TEST(HttpServerParts, a_broken_source_is_no_end) {
  TestServer server;
  source_of(server, {"one\n"}, Then::fail);
  const std::string answer = server.exchange(get_parts);
  EXPECT_TRUE(answer.contains("one\n"));
  EXPECT_FALSE(answer.contains("0\r\n\r\n"));
  EXPECT_EQ(server.observer.failures().size(), 1U);
}

TEST(HttpServerParts, what_a_source_keeps_counts_and_who_has_no_room_for_it_is_cut) {
  HttpServerLimits limits;
  limits.held_bytes_max = 1'000'000;
  TestServer server(limits);
  source_of(server, {"one\n"}, Then::wait)->keeps = 300'000;
  RawSocket first(server.port);
  first.send(get_parts);
  read_until(first, "one\n");
  EXPECT_TRUE(server.until_held(280'000));
  const auto large = source_of(server, {"two\n"}, Then::wait);
  large->keeps = 900'000;
  const std::string answer = server.exchange(get_parts);
  EXPECT_FALSE(answer.contains("0\r\n\r\n"));
  EXPECT_TRUE(large->given_up);
  ASSERT_EQ(server.observer.cuts().size(), 1U);
  EXPECT_EQ(server.observer.cuts()[0], HttpCut::too_many_bytes);
}

// Attack O9: what is kept for who does not read is bounded, and in the end the connection is cut.
TEST(HttpServerParts, a_reader_who_stops_is_asked_for_little_and_cut) {
  HttpServerLimits limits;
  limits.sweep_every = 10ms;
  limits.transfer_grace = 300ms;
  limits.transfer_rate_min = 1'000'000'000;
  TestServer server(limits);
  const auto source = source_of(server, {}, Then::go_on_for_ever);
  RawSocket client(server.port);
  const int small = 16 * 1024;
  setsockopt(client.socket().native_handle(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  client.send(get_parts);
  source->given_up.wait(false);
  EXPECT_TRUE(server.observer.until_open(0));
  ASSERT_EQ(server.observer.cuts().size(), 1U);
  EXPECT_EQ(server.observer.cuts()[0], HttpCut::slow_reader);
  EXPECT_LT(source->asked, 16) << "a megabyte, most of it in the kernels of both sides";
}

}  // namespace
}  // namespace orc
