// What all connections together may hold in memory. Budgets are tiny here.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <list>
#include <string>

#include "adapters/http/http_server.h"
#include "adapters/http/http_test_server.h"

namespace orc {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr std::size_t kib = 1024;
constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

HttpServerLimits tight() {
  HttpServerLimits limits;
  limits.sweep_every = std::chrono::milliseconds(10);
  limits.linger_max = std::chrono::milliseconds(50);
  limits.held_bytes_max = 1600 * kib;  // 1200 of them for bodies
  limits.held_bytes_allowance = 8 * kib;
  return limits;
}

// The server answers it with 100 as soon as it has room for the body.
std::string head_of_upload(std::size_t size) {
  return "POST /a HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
}

// As a client does that was told to go on and then sends `sent` of the `size` bytes, but not all: those would be answered and gone.
void begin_upload(TestServer& server, RawSocket& client, std::size_t size, std::size_t sent) {
  client.send(head_of_upload(size));
  ASSERT_EQ(client.read_answer(), go_on);
  client.send(std::string(sent, 'x'));
  ASSERT_TRUE(server.until_held(sent - 8 * kib));
}

void upload(TestServer& server, RawSocket& client, std::size_t size) {
  begin_upload(server, client, size, size - kib);
  client.send(std::string(kib, 'x'));
  EXPECT_EQ(status_of(client.read_answer()), 200);
}

TEST(HttpServerBudget, a_promised_length_holds_nothing) {
  TestServer server(tight());
  std::list<RawSocket> promising;
  for (int i = 0; i < 12; ++i) {
    promising.emplace_back(server.port).send(head_of_upload(1200 * kib));
    ASSERT_EQ(promising.back().read_answer(), go_on);
  }
  RawSocket honest(server.port);
  upload(server, honest, 900 * kib);
}

TEST(HttpServerBudget, a_body_holds_no_more_than_twice_what_has_come_of_it) {
  TestServer server(tight());
  RawSocket slow(server.port, "127.0.0.2");
  begin_upload(server, slow, 1200 * kib, 260 * kib);
  RawSocket next(server.port);
  upload(server, next, 690 * kib);
}

TEST(HttpServerBudget, a_body_without_room_gets_503_before_it_is_read) {
  TestServer server(tight());
  RawSocket first(server.port, "127.0.0.2");
  begin_upload(server, first, 900 * kib, 600 * kib);
  const std::string refused = server.exchange(head_of_upload(400 * kib));
  EXPECT_EQ(status_of(refused), 503);
  EXPECT_THAT(refused, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_THAT(refused, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(server.observer.cuts(), ElementsAre(HttpCut::too_many_bytes));

  first.send(std::string(300 * kib, 'x'));
  EXPECT_EQ(body_of(first.read_answer()).size(), 900 * kib + std::string_view("POST /a ").size());
  RawSocket second(server.port);
  second.send(head_of_upload(400 * kib));
  EXPECT_EQ(second.read_answer(), go_on) << "the room is free again";
}

TEST(HttpServerBudget, a_body_that_cannot_grow_gets_503_and_leaves_its_room_to_the_others) {
  TestServer server(tight());
  RawSocket first(server.port, "127.0.0.2");
  RawSocket second(server.port, "127.0.0.3");
  begin_upload(server, first, 900 * kib, 300 * kib);
  second.send(head_of_upload(680 * kib));
  ASSERT_EQ(second.read_answer(), go_on);
  second.send(std::string(500 * kib, 'x'));
  ASSERT_TRUE(server.until_held(1000 * kib)) << "512 KiB each";
  first.send(std::string(300 * kib, 'x'));
  EXPECT_EQ(status_of(first.read_to_end()), 503) << "900 KiB do not fit beside 512";
  second.send(std::string(180 * kib, 'x'));
  EXPECT_EQ(status_of(second.read_answer()), 200);
}

TEST(HttpServerBudget, one_address_leaves_room_to_the_others) {
  TestServer server(tight());
  RawSocket first(server.port, "127.0.0.2");
  RawSocket second(server.port, "127.0.0.2");
  begin_upload(server, first, 500 * kib, 400 * kib);
  second.send(head_of_upload(400 * kib));
  EXPECT_EQ(status_of(second.read_answer()), 503);
  RawSocket elsewhere(server.port);
  elsewhere.send(head_of_upload(600 * kib));
  EXPECT_EQ(elsewhere.read_answer(), go_on);
}

TEST(HttpServerBudget, a_small_body_always_has_room) {
  TestServer server(tight());
  RawSocket greedy(server.port);
  begin_upload(server, greedy, 1208 * kib, 1100 * kib);
  RawSocket modest(server.port);
  modest.send(head_of_upload(8 * kib));
  EXPECT_EQ(modest.read_answer(), go_on);
  modest.send(std::string(8 * kib, 'x'));
  EXPECT_EQ(status_of(modest.read_answer()), 200);
  EXPECT_EQ(status_of(server.exchange(head_of_upload(8 * kib + 1))), 503);
}

TEST(HttpServerBudget, a_client_that_leaves_gives_its_room_back) {
  TestServer server(tight());
  {
    RawSocket gone(server.port);
    begin_upload(server, gone, 900 * kib, 600 * kib);
  }
  ASSERT_TRUE(server.observer.until_open(0));
  RawSocket next(server.port);
  next.send(head_of_upload(900 * kib));
  EXPECT_EQ(next.read_answer(), go_on);
}

TEST(HttpServerBudget, chunks_are_counted_as_they_come_and_as_the_memory_that_they_take) {
  TestServer server(tight());
  RawSocket first(server.port, "127.0.0.2");
  begin_upload(server, first, 900 * kib, 600 * kib);
  const auto in_chunks = [](std::size_t size) {
    std::string request = "POST /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";
    for (std::size_t i = 0; i < size / kib; ++i) request += "400\r\n" + std::string(kib, 'x') + "\r\n";
    return request + "0\r\n\r\n";
  };
  EXPECT_EQ(status_of(server.exchange(in_chunks(100 * kib))), 200);
  const std::string refused = server.exchange(in_chunks(280 * kib));  // fits into 300 KiB, but not the 512 that are taken for it
  EXPECT_EQ(status_of(refused), 503);
  EXPECT_THAT(refused, HasSubstr("Retry-After: 1\r\n"));
}

TEST(HttpServerBudget, an_answer_counts_until_it_is_written) {
  HttpServerLimits limits = tight();
  limits.held_bytes_max = EchoHandler::large_size + kib;
  TestServer server(limits);
  constexpr std::string_view request = "GET /large HTTP/1.1\r\nHost: a\r\n\r\n";
  RawSocket slow(server.port);
  slow.send(request);
  ASSERT_TRUE(server.observer.until_finished(1));
  const std::string refused = server.exchange(request);
  EXPECT_EQ(status_of(refused), 503);
  EXPECT_THAT(refused, HasSubstr("Retry-After: 1\r\n"));
  EXPECT_THAT(refused, Not(HasSubstr("xxx")));
  EXPECT_EQ(body_of(slow.read_answer()).size(), EchoHandler::large_size);

  RawSocket next(server.port);
  next.send(request);
  EXPECT_EQ(body_of(next.read_answer()).size(), EchoHandler::large_size);
}

TEST(HttpServerBudget, what_a_handler_takes_room_for_is_held_until_its_answer_is_there) {
  HttpServerLimits limits = tight();
  limits.held_bytes_max = EchoHandler::large_size + kib;
  TestServer server(limits);
  RawSocket first(server.port);
  first.send("GET /room-and-wait HTTP/1.1\r\nHost: a\r\n\r\n");
  ASSERT_TRUE(server.until_held(EchoHandler::large_size - 8 * kib));
  constexpr std::string_view request = "GET /room HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
  EXPECT_EQ(status_of(server.exchange(request)), 503);
  server.release();
  EXPECT_EQ(status_of(first.read_answer()), 200);
  EXPECT_EQ(status_of(server.exchange(request)), 200);
}

TEST(HttpServerBudget, uploads_leave_room_for_answers) {
  HttpServerLimits limits = tight();
  limits.held_bytes_max = 4 * (EchoHandler::large_size + kib);
  TestServer server(limits);
  server.handler.body_max = limits.held_bytes_max;
  RawSocket slow(server.port, "127.0.0.2");
  begin_upload(server, slow, limits.held_bytes_max / 4 * 3, limits.held_bytes_max / 8 * 5);
  EXPECT_EQ(status_of(server.exchange(head_of_upload(100 * kib))), 503);
  const std::string answer = server.exchange("GET /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_EQ(body_of(answer).size(), EchoHandler::large_size);
}

// 503 would say that it may be repeated, though it is done.
TEST(HttpServerBudget, what_has_changed_something_is_told_even_without_room) {
  TestServer server(tight());
  const std::string answer = server.exchange("POST /large HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(status_of(answer), 200);
  EXPECT_EQ(body_of(answer).size(), EchoHandler::large_size);
}

TEST(HttpServerBudget, a_large_body_is_not_kept_by_a_connection_that_waits) {
  TestServer server(tight());
  RawSocket idle(server.port);
  idle.send(head_of_upload(900 * kib));
  ASSERT_EQ(idle.read_answer(), go_on);
  idle.send(std::string(900 * kib, 'x'));
  EXPECT_EQ(status_of(idle.read_answer()), 200);
  RawSocket next(server.port);
  next.send(head_of_upload(900 * kib));
  EXPECT_EQ(next.read_answer(), go_on);
}

}  // namespace
}  // namespace orc
