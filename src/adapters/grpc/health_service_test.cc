#include <gtest/gtest.h>

#include "adapters/grpc/grpc_test_client.h"
#include "adapters/grpc/grpc_test_server.h"
#include "adapters/grpc/message_bytes.h"
#include "generated/grpc/health/v1/health.pb.h"

namespace orc {
namespace {

using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;
using Serving = HealthService::Serving;

std::string question(const std::string& service) {
  HealthCheckRequest request;
  request.set_service(service);
  return bytes_of(request);
}

int status_in(const std::string& message) { return message_from<HealthCheckResponse>(message).value().status(); }

TEST(HealthService, check_answers_for_what_is_served_and_knows_nothing_else) {
  GrpcTestServer server({}, {.token = "asked for elsewhere"});
  GrpcTestClient client(server.port);
  const auto check = [&](const std::string& service) { return client.call("/grpc.health.v1.Health/Check", question(service)); };
  EXPECT_EQ(status_in(check("").message()), HealthCheckResponse::SERVING);
  EXPECT_EQ(check("unknown").status(), static_cast<int>(GrpcCode::not_found));
  server.on_io_thread([&] { server.health.set_all(Serving::no); });
  EXPECT_EQ(status_in(check("").message()), HealthCheckResponse::NOT_SERVING);
}

TEST(HealthService, watch_tells_the_present_and_every_change) {
  GrpcTestServer server;
  GrpcTestClient client(server.port);
  const auto stream = client.begin("/grpc.health.v1.Health/Watch", GrpcTestClient::framed(question("later")));
  EXPECT_EQ(status_in(client.wait_for_messages(stream, 1).messages.back()), HealthCheckResponse::SERVICE_UNKNOWN);
  server.on_io_thread([&] { server.health.set("later", Serving::yes); });
  EXPECT_EQ(status_in(client.wait_for_messages(stream, 2).messages.back()), HealthCheckResponse::SERVING);
  server.on_io_thread([&] {
    server.health.set("other", Serving::yes);  // not what is watched: nothing is said
    server.health.set_all(Serving::no);
  });
  EXPECT_EQ(status_in(client.wait_for_messages(stream, 3).messages.back()), HealthCheckResponse::NOT_SERVING);
  client.cancel(stream);
  EXPECT_TRUE(server.observer.until_ended(1));
  server.on_io_thread([&] { server.health.set_all(Serving::yes); });  // nobody hears it
}

TEST(HealthService, a_message_that_is_none_is_refused) {
  GrpcTestServer server;
  GrpcTestClient client(server.port);
  const std::string deep_groups(10'000, '\x0b');  // field 1, start of a group
  for (const std::string& message : {std::string("\x0a\x05"), std::string("\x0a\x01\xff"), std::string("\x0a\xff"), deep_groups}) {
    EXPECT_EQ(client.call("/grpc.health.v1.Health/Check", message).status(), static_cast<int>(GrpcCode::invalid_argument));
    EXPECT_EQ(client.call("/grpc.health.v1.Health/Watch", message).status(), static_cast<int>(GrpcCode::invalid_argument));
  }
  EXPECT_EQ(client.call("/grpc.health.v1.Health/Check", "\x90\x03\x01").status(), 0);  // an unknown field
}

}  // namespace
}  // namespace orc
