#include <gtest/gtest.h>
#include <string>
#include <vector>

#include "adapters/grpc/grpc_test_client.h"
#include "adapters/grpc/grpc_test_server.h"

namespace orc {
namespace {

using Request = GrpcTestClient::Request;

int number_of(GrpcCode code) { return static_cast<int>(code); }

TEST(GrpcServer, a_call_is_answered_with_its_message_and_ok) {
  GrpcTestServer server;
  GrpcTestClient client(server.port);
  const TestAnswer answer = client.call("/test.Methods/Echo", "hello");
  EXPECT_EQ(answer.field(":status"), "200");
  EXPECT_EQ(answer.field("content-type"), "application/grpc");
  EXPECT_EQ(answer.messages, std::vector<std::string>{"hello"});
  EXPECT_EQ(answer.status(), 0);
  EXPECT_TRUE(server.observer.until_ended(1));
  EXPECT_EQ(server.observer.ends().front(), "/test.Methods/Echo OK");
}

TEST(GrpcServer, an_empty_message_is_a_message) {
  GrpcTestServer server;
  GrpcTestClient client(server.port);
  const TestAnswer answer = client.call("/test.Methods/Echo", "");
  EXPECT_EQ(answer.messages, std::vector<std::string>{""});
  EXPECT_EQ(answer.status(), 0);
}

TEST(GrpcServer, a_hundred_calls_at_once_and_one_after_another_share_a_connection) {
  GrpcTestServer server;
  GrpcTestClient client(server.port);
  std::vector<std::int32_t> streams;
  for (int i = 0; i < 100; ++i) streams.push_back(client.begin("/test.Methods/Echo", GrpcTestClient::framed(std::to_string(i))));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client.wait_for_end(streams[static_cast<std::size_t>(i)]).message(), std::to_string(i));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(client.call("/test.Methods/Echo", std::to_string(i)).message(), std::to_string(i));
}

TEST(GrpcServer, messages_larger_than_every_window_go_both_ways) {
  GrpcTestServer server;
  GrpcTestClient client(server.port);
  const std::string large(std::size_t{4} * 1024 * 1024, 'l');
  const TestAnswer answer = client.call("/test.Methods/Echo", large);
  EXPECT_EQ(answer.status(), 0);
  EXPECT_TRUE(answer.message() == large);
  EXPECT_EQ(server.held(), 0U);
}

TEST(GrpcServer, what_a_handler_takes_room_for_is_held_until_it_has_returned) {
  GrpcTestServer server;
  GrpcTestClient client(server.port);
  const std::string whole = std::to_string(GrpcLimits{}.held_bytes_max);
  const auto first = client.begin("/test.Methods/Hold", GrpcTestClient::framed(whole));
  EXPECT_TRUE(server.methods.until_waiting(1));
  GrpcTestClient other(server.port);
  for (GrpcTestClient* const one : {&client, &other})
    EXPECT_EQ(one->call("/test.Methods/Hold", "200000").status(), number_of(GrpcCode::unavailable));
  EXPECT_EQ(client.call("/test.Methods/Echo", "small").message(), "small");
  server.on_io_thread([&] { server.methods.release(); });
  EXPECT_EQ(client.wait_for_end(first).message(), "held");
  EXPECT_EQ(server.held(), 0U);
  EXPECT_EQ(other.call("/test.Methods/Hold", whole).message(), "held");
}

TEST(GrpcServer, who_packs_its_message_gets_a_packed_answer) {
  GrpcTestServer server;
  GrpcTestClient client(server.port);
  const std::string text(100'000, 't');
  const auto stream = client.begin("/test.Methods/Echo", GrpcTestClient::framed(text, GrpcEncoding::gzip), {{"grpc-encoding", "gzip"}});
  const TestAnswer answer = client.wait_for_end(stream);
  EXPECT_EQ(answer.field("grpc-encoding"), "gzip");
  EXPECT_TRUE(answer.message() == text);
}

TEST(GrpcServer, an_error_is_one_header_block_with_an_encoded_sentence) {
  GrpcTestServer server;
  GrpcTestClient client(server.port);
  const TestAnswer answer = client.call("/test.Methods/Refuse", "100 % für\nalle");
  EXPECT_EQ(answer.status(), number_of(GrpcCode::invalid_argument));
  EXPECT_EQ(answer.field("grpc-message"), "100 %25 f%C3%BCr%0Aalle");
  EXPECT_TRUE(answer.messages.empty());
}

TEST(GrpcServer, an_exception_becomes_internal_and_is_told_to_the_observer_only) {
  GrpcTestServer server;
  GrpcTestClient client(server.port);
  const TestAnswer answer = client.call("/test.Methods/Throw", "");
  EXPECT_EQ(answer.status(), number_of(GrpcCode::internal));
  EXPECT_EQ(answer.field("grpc-message").find("thrown"), std::string::npos);
  EXPECT_EQ(server.observer.failures(), std::vector<std::string>{"/test.Methods/Throw: thrown"});
}

TEST(GrpcServer, what_is_not_offered_is_unimplemented) {
  GrpcTestServer server;
  GrpcTestClient client(server.port);
  for (const char* path : {"/test.Methods/Nothing", "/no.Service/Echo", "/", "/test.Methods", "/test.Methods/Echo/"}) {
    EXPECT_EQ(client.call(path, "").status(), number_of(GrpcCode::unimplemented)) << path;
  }
  EXPECT_TRUE(server.observer.until_ended(5));
  EXPECT_EQ(server.observer.ends().front(), " UNIMPLEMENTED");  // no name of a client's making
}

TEST(GrpcServer, what_is_no_grpc_gets_an_http_status) {
  GrpcTestServer server;
  GrpcTestClient client(server.port);
  const auto ask = [&](const char* method, const char* type) {
    return client.wait_for_end(client.begin_raw(
        {{":method", method}, {":scheme", "http"}, {":path", "/test.Methods/Echo"}, {":authority", "test"}, {"content-type", type}},
        GrpcTestClient::framed("x")));
  };
  const auto status = [&](const char* method, const char* type) { return ask(method, type).field(":status"); };
  const TestAnswer refused = ask("GET", "application/grpc");
  EXPECT_EQ(refused.field(":status"), "405");
  EXPECT_EQ(refused.field("content-type"), "text/plain; charset=utf-8");
  EXPECT_EQ(refused.text, "gRPC calls are POST requests\n");
  EXPECT_EQ(refused.status(), -1);
  EXPECT_EQ(ask("HEAD", "application/grpc").field(":status"), "405");
  EXPECT_EQ(ask("HEAD", "application/grpc").text, "");
  for (const char* type : {"application/json", "application/grpc-web", "application/grpc+json", "text/plain"})
    EXPECT_EQ(status("POST", type), "415") << type;
  for (const char* type : {"application/grpc", "application/grpc+proto", "application/grpc;charset=utf-8"})
    EXPECT_EQ(status("POST", type), "200") << type;
}

TEST(GrpcServer, metadata_reach_the_handler) {
  GrpcTestServer server;
  GrpcTestClient client(server.port);
  EXPECT_EQ(client.call("/test.Methods/Metadata", "x-mark", {{"x-mark", "m"}}).message(), "m");
}

TEST(GrpcServer, a_deadline_ends_the_call_and_the_handlers_work) {
  GrpcTestServer server;
  GrpcTestClient client(server.port);
  const TestAnswer answer = client.call("/test.Methods/Wait", "", {{"grpc-timeout", "20m"}});
  EXPECT_EQ(answer.status(), number_of(GrpcCode::deadline_exceeded));
  EXPECT_TRUE(server.methods.until_given_up(1));
}

TEST(GrpcServer, timeouts_are_met_capped_or_refused) {
  GrpcTestServer server;
  GrpcTestClient client(server.port);
  const struct {
    const char* timeout;
    GrpcCode end;
  } table[] = {
      {"1n", GrpcCode::deadline_exceeded},
      {"0S", GrpcCode::deadline_exceeded},
      {"99999999H", GrpcCode::ok},
      {"10S", GrpcCode::ok},
      {"", GrpcCode::internal},
      {"S", GrpcCode::internal},
      {"-1S", GrpcCode::internal},
      {"1 S", GrpcCode::internal},
      {"100000000S", GrpcCode::internal},
      {"1x", GrpcCode::internal},
      {"1", GrpcCode::internal},
  };
  for (const auto& [timeout, end] : table)
    EXPECT_EQ(client.call("/test.Methods/Echo", "", {{"grpc-timeout", timeout}}).status(), number_of(end)) << timeout;
}

TEST(GrpcServer, a_cancelled_call_ends_the_handlers_work) {
  GrpcTestServer server;
  GrpcTestClient client(server.port);
  const auto stream = client.begin("/test.Methods/Wait", GrpcTestClient::framed(""));
  EXPECT_TRUE(server.methods.until_waiting(1));
  client.cancel(stream);
  EXPECT_TRUE(server.methods.until_given_up(1));
  EXPECT_TRUE(server.observer.until_ended(1));
  EXPECT_EQ(server.observer.ends().front(), "/test.Methods/Wait CANCELLED");
  EXPECT_EQ(client.call("/test.Methods/Echo", "still").message(), "still");
}

TEST(GrpcServer, a_broken_connection_ends_its_calls) {
  GrpcTestServer server;
  {
    GrpcTestClient client(server.port);
    client.begin("/test.Methods/Wait", GrpcTestClient::framed(""));
    EXPECT_TRUE(server.methods.until_waiting(1));
  }
  EXPECT_TRUE(server.methods.until_given_up(1));
  EXPECT_TRUE(server.observer.until_open(0));
}

TEST(GrpcServer, a_stream_is_answered_message_by_message_until_its_client_ends_it) {
  GrpcTestServer server;
  GrpcTestClient client(server.port);
  const auto stream = client.begin("/test.Methods/Repeat", GrpcTestClient::framed("a"), {}, Request::goes_on);
  EXPECT_EQ(client.wait_for_messages(stream, 1).messages, std::vector<std::string>{"a"});
  client.send(stream, GrpcTestClient::framed("b") + GrpcTestClient::framed("c"));
  EXPECT_EQ(client.wait_for_messages(stream, 3).messages, (std::vector<std::string>{"a", "b", "c"}));
  client.send(stream, "", Request::whole);
  EXPECT_EQ(client.wait_for_end(stream).status(), 0);
}

TEST(GrpcServer, a_unary_call_takes_exactly_one_message) {
  GrpcTestServer server;
  GrpcTestClient client(server.port);
  const std::string one = GrpcTestClient::framed("x");
  EXPECT_EQ(client.wait_for_end(client.begin("/test.Methods/Echo", one + one)).status(), number_of(GrpcCode::unimplemented));
  EXPECT_EQ(client.wait_for_end(client.begin("/test.Methods/Echo", "")).status(), number_of(GrpcCode::unimplemented));
  EXPECT_EQ(client.wait_for_end(client.begin("/test.Methods/Echo", one.substr(0, 3))).status(), number_of(GrpcCode::internal));
}

TEST(GrpcServer, a_stop_answers_what_is_open_and_says_goaway) {
  GrpcLimits limits;
  limits.linger_max = std::chrono::milliseconds(50);  // this client does not close
  limits.sweep_every = std::chrono::milliseconds(20);
  GrpcTestServer server(limits);
  GrpcTestClient client(server.port);
  const auto waiting = client.begin("/test.Methods/Wait", GrpcTestClient::framed("answered"));
  const auto streaming = client.begin("/test.Methods/Repeat", "", {}, Request::goes_on);
  EXPECT_TRUE(server.methods.until_waiting(1));
  server.server().request_stop();
  EXPECT_EQ(client.wait_for_goaway(), 0U);
  EXPECT_EQ(client.wait_for_end(streaming).status(), number_of(GrpcCode::unavailable));
  server.on_io_thread([&] { server.methods.release(); });
  EXPECT_EQ(client.wait_for_end(waiting).message(), "answered");
  EXPECT_TRUE(server.server().wait(std::chrono::steady_clock::now() + std::chrono::seconds(10)));
}

TEST(GrpcServer, a_deadline_of_the_stop_cuts_what_is_left) {
  GrpcTestServer server;
  GrpcTestClient client(server.port);
  client.begin("/test.Methods/Wait", GrpcTestClient::framed(""));
  EXPECT_TRUE(server.methods.until_waiting(1));
  EXPECT_FALSE(server.server().wait(std::chrono::steady_clock::now()));
  EXPECT_TRUE(server.methods.until_given_up(1));
}

TEST(GrpcServer, a_token_is_asked_for_where_one_is_set) {
  GrpcTestServer server({}, {.token = "s3cret"});
  GrpcTestClient client(server.port);
  const auto status = [&](const char* method, const char* authorization) {
    return client.call(std::string("/test.Methods/") + method, "", {{"authorization", authorization}}).status();
  };
  for (const char* wrong : {"", "s3cret", "Bearer", "Bearer s3cre", "Bearer s3cret2", "Bearer S3cret", "Basic s3cret"})
    EXPECT_EQ(status("Secret", wrong), number_of(GrpcCode::unauthenticated)) << wrong;
  EXPECT_EQ(status("Secret", "Bearer s3cret"), 0);
  EXPECT_EQ(status("Local", ""), 0);                                       // this host's own
  EXPECT_EQ(status("Nothing", ""), number_of(GrpcCode::unauthenticated));  // what is offered is told to who may call
  EXPECT_EQ(status("Nothing", "Bearer s3cret"), number_of(GrpcCode::unimplemented));
}

}  // namespace
}  // namespace orc
