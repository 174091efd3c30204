// Clients that mean harm. Most frames are written by hand, as no honest library sends them.

#include <algorithm>
#include <deque>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/grpc/grpc_test_client.h"
#include "adapters/grpc/grpc_test_server.h"
#include "adapters/grpc/gzip_text.h"
#include "adapters/http/http_test_server.h"

namespace orc {
namespace {

std::string zeros(std::size_t bytes) {
  std::string text;
  text.resize(bytes);
  return text;
}

using std::string_literals::operator""s;
using Request = GrpcTestClient::Request;

int number_of(GrpcCode code) { return static_cast<int>(code); }

constexpr std::uint32_t enhance_your_calm = 11;  // RFC 9113, section 7

enum FrameType : std::uint8_t {
  data = 0,
  headers = 1,
  priority = 2,
  rst_stream = 3,
  settings = 4,
  ping = 6,
  window_update = 8,
  continuation = 9
};
constexpr std::uint8_t end_stream = 1;
constexpr std::uint8_t end_headers = 4;

std::string number(std::uint32_t value) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes.push_back(static_cast<char>(value >> shift));
  return bytes;
}

std::string frame(FrameType type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
  std::string bytes = number(static_cast<std::uint32_t>(payload.size())).substr(1);
  bytes.push_back(static_cast<char>(type));
  bytes.push_back(static_cast<char>(flags));
  return bytes + number(stream) + std::string(payload);
}

std::string literal(std::string_view name, std::string_view value, char form = '\0') {
  return std::string(1, form) + static_cast<char>(name.size()) + std::string(name) + static_cast<char>(value.size()) + std::string(value);
}

// POST of a call, without a compression table.
std::string request_block(std::string_view path = "/test.Methods/Echo") {
  return literal(":method", "POST") + literal(":scheme", "http") + literal(":path", path) + literal(":authority", "a") +
         literal("content-type", "application/grpc");
}

const std::string greeting = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(settings, 0, 0, "");

// The error of the GOAWAY in what a server sent; nothing if there is none.
std::optional<std::uint32_t> goaway_in(std::string_view bytes) {
  while (bytes.size() >= 9) {
    const auto at = [&](std::size_t place) { return std::uint32_t{static_cast<unsigned char>(bytes[place])}; };
    const std::size_t length = (at(0) << 16) | (at(1) << 8) | at(2);
    if (bytes.size() < 9 + length) return {};
    if (at(3) == 7 && length >= 8) return (at(13) << 24) | (at(14) << 16) | (at(15) << 8) | at(16);
    bytes.remove_prefix(9 + length);
  }
  return {};
}

// Sends the greeting, then what `next` gives, up to 100,000 times; everything that the server says until it closes.
std::string flood(std::uint16_t port, auto&& next) {
  RawSocket client(port);
  client.send(greeting);
  std::string block;
  for (std::uint32_t i = 0; i < 100'000; ++i) {
    block += next(i);
    if (block.size() < 16 * 1024) continue;
    client.send(block);
    block.clear();
  }
  client.send(block);
  return client.read_to_end();
}

void expect_calmed(GrpcTestServer& server, const std::string& said) {
  EXPECT_EQ(goaway_in(said), enhance_your_calm);
  EXPECT_TRUE(server.observer.until_cut());
  EXPECT_EQ(server.observer.cuts().front(), GrpcCut::flood);
  EXPECT_TRUE(server.observer.until_open(0));
  EXPECT_EQ(server.held(), 0U);
  EXPECT_EQ(GrpcTestClient(server.port).call("/test.Methods/Echo", "others").message(), "others");
}

struct Flood {
  std::string name;
  std::function<std::string(std::uint32_t)> next;
};

// Calls that end before their answer can go, by the client or by what it makes us do: answered by a handler, or refused at once.
std::vector<Flood> floods_of_resets() {
  const struct {
    const char* name;
    std::string block;
  } calls[] = {
      {"", request_block()},
      {" of an unknown method", request_block("/test.Methods/Unknown")},
      {" without the token", request_block("/test.Methods/Secret")},
      {" behind its deadline", request_block() + literal("grpc-timeout", "1n")},
      {" packed by what nobody unpacks", request_block() + literal("grpc-encoding", "x")},
  };
  std::vector<Flood> floods;
  for (const auto& [name, block] : calls) {
    const auto begin = [block](std::uint32_t i) { return frame(headers, end_headers, 2 * i + 1, block); };
    floods.push_back({"rapid reset"s + name, [=](std::uint32_t i) { return begin(i) + frame(rst_stream, 0, 2 * i + 1, number(8)); }});
    floods.push_back({"made you reset, by a window that overflows"s + name,
                      [=](std::uint32_t i) { return begin(i) + frame(window_update, 0, 2 * i + 1, number(0x7fffffff)); }});
  }
  return floods;
}

TEST(GrpcHostile, floods_of_frames_that_bring_no_work_are_calmed_in_bounded_memory) {
  std::vector<Flood> floods = floods_of_resets();
  floods.insert(
      floods.end(),
      {
          {"ping", [](std::uint32_t) { return frame(ping, 0, 0, "12345678"); }},
          {"settings", [](std::uint32_t) { return frame(settings, 0, 0, ""); }},
          {"priority", [](std::uint32_t i) { return frame(priority, 0, 2 * i + 1, number(0) + "\x10"); }},
          {"window update", [](std::uint32_t) { return frame(window_update, 0, 0, number(1)); }},
          {"empty data", [](std::uint32_t i) { return i == 0 ? frame(headers, end_headers, 1, request_block()) : frame(data, 0, 1, ""); }},
      });
  for (const auto& [name, next] : floods) {
    SCOPED_TRACE(name);
    GrpcTestServer server({}, {.token = "a token"});
    expect_calmed(server, flood(server.port, next));
  }
}

TEST(GrpcHostile, data_behind_the_end_of_a_request_ends_the_connection) {
  GrpcTestServer server;
  RawSocket client(server.port);
  client.send(greeting + frame(headers, end_headers | end_stream, 1, request_block("/test.Methods/Flood")) + frame(data, 0, 1, "x"));
  EXPECT_EQ(goaway_in(client.read_to_end()), 5U);  // STREAM_CLOSED
  EXPECT_TRUE(server.observer.until_cut());
  EXPECT_EQ(server.observer.cuts(), std::vector{GrpcCut::bad_protocol});
}

TEST(GrpcHostile, who_calls_much_may_also_cancel_much) {
  GrpcTestServer server;
  GrpcTestClient client(server.port);
  for (int i = 0; i < 3'000; ++i) {
    EXPECT_EQ(client.call("/test.Methods/Echo", "x").status(), 0);
    client.cancel(client.begin("/test.Methods/Echo", GrpcTestClient::framed("y")));
  }
  EXPECT_EQ(client.call("/test.Methods/Echo", "z").message(), "z");
}

TEST(GrpcHostile, a_header_block_without_end_is_cut) {
  GrpcLimits limits;
  limits.linger_max = std::chrono::milliseconds(50);
  limits.sweep_every = std::chrono::milliseconds(20);
  GrpcTestServer server(limits);
  RawSocket client(server.port);
  client.send(greeting + frame(headers, 0, 1, request_block()));
  for (int i = 0; i < 1'000; ++i) client.send(frame(continuation, 0, 1, literal("x", "y")));
  EXPECT_TRUE(goaway_in(client.read_to_end()).has_value());
  EXPECT_TRUE(server.observer.until_open(0));
}

TEST(GrpcHostile, a_header_block_that_unpacks_to_much_is_cut_in_bounded_memory) {
  GrpcTestServer server;
  RawSocket client(server.port);
  // One field of 3,900 bytes into the table, then 16,000 times that one: 62 MiB from 16 KiB.
  const std::string value(3'900, 'v');
  const std::string size = "\x7f"s + static_cast<char>(0x80 | ((3'900 - 127) & 0x7f)) + static_cast<char>((3'900 - 127) >> 7);
  std::string block = request_block() + "\x40\x01x" + size + value;
  client.send(greeting + frame(headers, 0, 1, block) + frame(continuation, end_headers, 1, std::string(16'000, '\xbe')));
  EXPECT_EQ(goaway_in(client.read_to_end()), enhance_your_calm);
  EXPECT_EQ(server.observer.cuts(), std::vector{GrpcCut::metadata});
}

TEST(GrpcHostile, metadata_above_the_limit_are_refused_and_the_connection_goes_on) {
  GrpcTestServer server;
  GrpcTestClient client(server.port);
  const TestAnswer refused = client.call("/test.Methods/Echo", "x", {{"x-large", std::string(20'000, 'm')}});
  EXPECT_EQ(refused.status(), number_of(GrpcCode::resource_exhausted));
  EXPECT_EQ(client.call("/test.Methods/Echo", "x", {{"x-large", std::string(15'000, 'm')}}).status(), 0);
}

TEST(GrpcHostile, messages_that_are_none_are_refused_before_they_take_memory) {
  GrpcLimits limits;
  limits.message_max = 1'000'000;
  GrpcTestServer server(limits);
  GrpcTestClient client(server.port);
  const std::string bomb = GrpcTestClient::framed(zeros(50'000'000), GrpcEncoding::gzip);
  const std::string packed = gzip("text");
  const struct {
    std::string body;
    const char* encoding;
    GrpcCode end;
  } table[] = {
      {"\0\xff\xff\xff\xff"s, "identity", GrpcCode::resource_exhausted},
      {GrpcTestClient::framed(std::string(1'000'001, 'x')), "identity", GrpcCode::resource_exhausted},
      {GrpcTestClient::framed(std::string(1'000'000, 'x')), "identity", GrpcCode::ok},
      {bomb, "gzip", GrpcCode::resource_exhausted},
      {"\1\0\0\0\1x"s, "identity", GrpcCode::internal},
      {"\1\0\0\0\1x"s, "gzip", GrpcCode::internal},
      {"\2\0\0\0\1x"s, "identity", GrpcCode::internal},
      {"\1"s + number(static_cast<std::uint32_t>(packed.size() - 1)) + packed.substr(0, packed.size() - 1), "gzip", GrpcCode::internal},
      {"\1"s + number(static_cast<std::uint32_t>(packed.size() + 1)) + packed + "x", "gzip", GrpcCode::internal},
      {GrpcTestClient::framed("x"), "snappy", GrpcCode::unimplemented},
  };
  for (const auto& [body, encoding, end] : table) {
    const TestAnswer answer = client.wait_for_end(client.begin("/test.Methods/Echo", body, {{"grpc-encoding", encoding}}));
    EXPECT_EQ(answer.status(), number_of(end)) << encoding << " " << body.size() << " " << answer.field("grpc-message");
  }
  EXPECT_EQ(server.held(), 0U);
}

TEST(GrpcHostile, what_unpacks_to_more_than_allowed_is_given_up_at_the_limit) {
  const std::string bomb = gzip(zeros(50'000'000));
  EXPECT_EQ(gunzip(bomb, 49'999'999).error().code, ErrorCode::resource_exhausted);
  EXPECT_EQ(gunzip(bomb, 50'000'000).value().size(), 50'000'000U);
}

TEST(GrpcHostile, answers_that_nobody_takes_are_bounded_and_given_up) {  // G4
  GrpcLimits limits;
  limits.reader_pause_max = std::chrono::milliseconds(200);
  limits.sweep_every = std::chrono::milliseconds(50);
  limits.held_bytes_max = 8 * 1024 * 1024;
  GrpcTestServer server(limits);
  std::deque<GrpcTestClient> clients;
  std::vector<std::pair<GrpcTestClient*, std::int32_t>> calls;
  for (int connection = 0; connection < 10; ++connection) {
    GrpcTestClient& client = clients.emplace_back(server.port, GrpcTestClient::Reading::with_no_window);
    for (int i = 0; i < 100; ++i) calls.emplace_back(&client, client.begin("/test.Methods/Enlarge", GrpcTestClient::framed("1000000")));
  }
  int refused = 0;
  for (const auto& [client, stream] : calls) {
    const TestAnswer answer = client->wait_for_end(stream);
    EXPECT_TRUE(answer.reset == 8U || answer.status() == number_of(GrpcCode::resource_exhausted));
    if (answer.status() == number_of(GrpcCode::resource_exhausted)) ++refused;
  }
  EXPECT_GE(refused, 900);  // half of the budget, the most that one address may hold, has room for eight at a time
  EXPECT_TRUE(server.observer.until_ended(1000));
  EXPECT_EQ(server.held(), 0U);
}

TEST(GrpcHostile, a_stream_that_nobody_reads_stops_its_handler) {
  GrpcLimits limits;
  limits.reader_pause_max = std::chrono::milliseconds(200);
  limits.sweep_every = std::chrono::milliseconds(50);
  GrpcTestServer server(limits);
  GrpcTestClient client(server.port, GrpcTestClient::Reading::with_no_window);
  const auto stream = client.begin("/test.Methods/Flood", "", {}, Request::goes_on);
  EXPECT_TRUE(client.wait_for_end(stream).reset.has_value());
  EXPECT_LE(server.methods.flooded(), limits.unsent_max / (64 * 1024) + 2);
}

TEST(GrpcHostile, who_does_not_read_its_socket_is_cut) {
  GrpcLimits limits;
  limits.reader_pause_max = std::chrono::milliseconds(200);
  limits.sweep_every = std::chrono::milliseconds(50);
  GrpcTestServer server(limits);
  RawSocket client(server.port);
  client.send(greeting + frame(settings, 0, 0, "\0\4\x7f\xff\xff\xff"s) + frame(window_update, 0, 0, number(0x7fff0000 - 1)));
  client.send(frame(headers, end_headers | end_stream, 1, request_block("/test.Methods/Flood")));
  EXPECT_TRUE(server.observer.until_cut());
  EXPECT_EQ(server.observer.cuts(), std::vector{GrpcCut::slow_reader});
  EXPECT_TRUE(server.observer.until_open(0));
}

TEST(GrpcHostile, a_request_that_does_not_come_on_is_ended) {
  GrpcLimits limits;
  limits.request_pause_max = std::chrono::milliseconds(100);
  limits.sweep_every = std::chrono::milliseconds(20);
  GrpcTestServer server(limits);
  GrpcTestClient client(server.port);
  const auto stream = client.begin("/test.Methods/Echo", "\0\0\0\0\5ab"s, {}, Request::goes_on);
  EXPECT_EQ(client.wait_for_end(stream).status(), number_of(GrpcCode::deadline_exceeded));
}

TEST(GrpcHostile, a_byte_now_and_then_keeps_neither_an_unread_answer_nor_an_unfinished_request) {
  GrpcLimits limits;
  limits.request_time_max = std::chrono::milliseconds(300);
  limits.reader_pause_max = std::chrono::milliseconds(300);
  limits.sweep_every = std::chrono::milliseconds(20);
  const struct {
    const char* path;
    const char* end;
  } table[] = {{"/test.Methods/Flood", "/test.Methods/Flood CANCELLED"}, {"/test.Methods/Echo", "/test.Methods/Echo DEADLINE_EXCEEDED"}};
  for (const auto& [path, end] : table) {
    GrpcTestServer server(limits);
    RawSocket client(server.port);
    // A client that grants no byte of an answer.
    client.send(greeting + frame(settings, 0, 0, "\0\4\0\0\0\0"s) + frame(headers, end_headers, 1, request_block(path)) +
                frame(data, 0, 1, "\0\0\0\x7f\xff"s));
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (!server.observer.until_ended(1, std::chrono::milliseconds(10)) && std::chrono::steady_clock::now() < until)
      client.send(frame(data, 0, 1, "\0"s));
    EXPECT_EQ(server.observer.ends(), std::vector<std::string>{end});
  }
}

TEST(GrpcHostile, who_never_greets_or_speaks_another_protocol_is_closed) {
  GrpcLimits limits;
  limits.greeting_max = std::chrono::milliseconds(100);
  limits.linger_max = std::chrono::milliseconds(50);
  limits.sweep_every = std::chrono::milliseconds(20);
  GrpcTestServer server(limits);
  RawSocket silent(server.port);
  silent.read_to_end();
  RawSocket old(server.port);
  old.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  old.read_to_end();
  EXPECT_TRUE(server.observer.until_open(0));
  EXPECT_EQ(server.observer.cuts(), (std::vector{GrpcCut::slow_greeting, GrpcCut::bad_protocol}));
}

TEST(GrpcHostile, an_idle_connection_is_ended_without_an_error_and_a_silent_one_is_asked_first) {
  GrpcLimits limits;
  limits.idle_max = std::chrono::milliseconds(100);
  limits.silence_max = std::chrono::milliseconds(50);
  limits.linger_max = std::chrono::milliseconds(50);
  limits.reader_pause_max = std::chrono::milliseconds(100);
  limits.sweep_every = std::chrono::milliseconds(20);
  GrpcTestServer server(limits);
  GrpcTestClient idle(server.port);
  EXPECT_EQ(idle.call("/test.Methods/Echo", "x").message(), "x");
  EXPECT_EQ(idle.wait_for_goaway(), 0U);
  EXPECT_TRUE(server.observer.until_cut());
  RawSocket silent(server.port);
  silent.send(greeting + frame(headers, end_headers, 1, request_block("/test.Methods/Repeat")));
  silent.read_to_end();
  EXPECT_TRUE(server.observer.until_open(0));
  EXPECT_EQ(server.observer.cuts(), (std::vector{GrpcCut::idle, GrpcCut::silent}));
}

TEST(GrpcHostile, more_handlers_or_streams_than_there_may_be_are_refused) {
  GrpcLimits limits;
  limits.handlers_max = 3;
  limits.streaming_calls_max = 1;
  GrpcTestServer server(limits);
  GrpcTestClient client(server.port);
  const auto first = client.begin("/test.Methods/Repeat", "", {}, Request::goes_on);
  const auto second = client.begin("/test.Methods/Repeat", "", {}, Request::goes_on);
  EXPECT_EQ(client.wait_for_end(second).status(), number_of(GrpcCode::resource_exhausted));
  // A handler whose call was cancelled still counts while it runs.
  for (int i = 0; i < 2; ++i) client.begin("/test.Methods/Wait", GrpcTestClient::framed(""));
  EXPECT_TRUE(server.methods.until_waiting(2));
  EXPECT_EQ(client.call("/test.Methods/Echo", "").status(), number_of(GrpcCode::resource_exhausted));
  client.send(first, "", Request::whole);
  EXPECT_EQ(client.wait_for_end(first).status(), 0);
  EXPECT_EQ(client.call("/test.Methods/Echo", "").status(), 0);
}

TEST(GrpcHostile, a_thousand_calls_may_last_for_ever_and_no_more) {  // G9
  GrpcTestServer server({});
  std::deque<GrpcTestClient> clients;
  const auto begin = [&](std::size_t count) {
    std::vector<std::int32_t> streams;
    GrpcTestClient& client = clients.emplace_back(server.port);
    for (std::size_t i = 0; i < count; ++i) streams.push_back(client.begin("/test.Methods/Repeat", "", {}, Request::goes_on));
    EXPECT_EQ(client.call("/test.Methods/Echo", "x").message(), "x") << "and so it has those before";
    return streams;
  };
  std::vector<std::int32_t> last;
  for (std::size_t open = 0; open < GrpcLimits{}.streaming_calls_max; open += 100) last = begin(100);
  GrpcTestClient& holder = clients.back();
  for (const std::int32_t stream : begin(100))
    EXPECT_EQ(clients.back().wait_for_end(stream).status(), number_of(GrpcCode::resource_exhausted));
  for (const std::int32_t stream : last) {
    holder.send(stream, "", Request::whole);
    EXPECT_EQ(holder.wait_for_end(stream).status(), 0);
  }
  begin(100);
  EXPECT_EQ(clients.back().call("/test.Methods/Echo", "x").status(), 0) << "there is room again";
}

TEST(GrpcHostile, more_connections_than_there_may_be_are_closed) {
  GrpcLimits limits;
  limits.connections_max = 2;
  GrpcTestServer server(limits);
  GrpcTestClient first(server.port);
  GrpcTestClient second(server.port);
  EXPECT_EQ(first.call("/test.Methods/Echo", "x").status(), 0);
  EXPECT_EQ(second.call("/test.Methods/Echo", "x").status(), 0);
  RawSocket third(server.port);
  EXPECT_TRUE(third.is_closed_silently());
  EXPECT_EQ(server.observer.cuts(), std::vector{GrpcCut::too_many_connections});
}

}  // namespace
}  // namespace orc
