#include <google/protobuf/descriptor.pb.h>
#include <gtest/gtest.h>

#include "adapters/grpc/call_head.h"
#include "adapters/grpc/grpc_test_client.h"
#include "adapters/grpc/grpc_test_server.h"
#include "adapters/grpc/message_bytes.h"
#include "generated/grpc/reflection/v1/reflection.pb.h"

namespace orc {
namespace {

using grpc::reflection::v1::ServerReflectionRequest;
using grpc::reflection::v1::ServerReflectionResponse;

class ReflectionConversation {
 public:
  explicit ReflectionConversation(const std::string& version)
      : client_(server_.port),
        stream_(client_.begin("/grpc.reflection." + version + ".ServerReflection/ServerReflectionInfo", "", {},
                              GrpcTestClient::Request::goes_on)) {}

  ServerReflectionResponse ask(const ServerReflectionRequest& request) {
    client_.send(stream_, GrpcTestClient::framed(bytes_of(request)));
    return message_from<ServerReflectionResponse>(client_.wait_for_messages(stream_, ++asked_).messages.back()).value();
  }

 private:
  GrpcTestServer server_;
  GrpcTestClient client_;
  std::int32_t stream_;
  std::size_t asked_ = 0;
};

class ReflectionServiceTest : public testing::TestWithParam<const char*> {};

TEST_P(ReflectionServiceTest, lists_services_and_describes_them) {
  ReflectionConversation conversation(GetParam());
  ServerReflectionRequest request;
  request.set_list_services("*");
  std::vector<std::string> names;
  for (const auto& service : conversation.ask(request).list_services_response().service()) names.push_back(service.name());
  EXPECT_EQ(names, (std::vector<std::string>{"grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection",
                                             "grpc.reflection.v1alpha.ServerReflection"}));
  for (const std::string& name : names) {
    request.set_file_containing_symbol(name);
    const ServerReflectionResponse response = conversation.ask(request);
    ASSERT_EQ(response.file_descriptor_response().file_descriptor_proto_size(), 1) << name;
    google::protobuf::FileDescriptorProto file;
    EXPECT_TRUE(file.ParseFromString(response.file_descriptor_response().file_descriptor_proto(0)));
    EXPECT_EQ(file.package() + "." + file.service(0).name(), name);
    EXPECT_EQ(response.original_request().file_containing_symbol(), name);
  }
}

TEST_P(ReflectionServiceTest, a_file_comes_with_what_it_imports) {
  ReflectionConversation conversation(GetParam());
  ServerReflectionRequest request;
  request.set_file_by_filename("fleet/ray_executor/v1/ray_executor.proto");
  EXPECT_EQ(conversation.ask(request).file_descriptor_response().file_descriptor_proto_size(), 2);
}

TEST_P(ReflectionServiceTest, what_is_not_known_gets_an_error_and_the_conversation_goes_on) {
  ReflectionConversation conversation(GetParam());
  ServerReflectionRequest request;
  request.set_file_containing_symbol("no.Such");
  EXPECT_EQ(conversation.ask(request).error_response().error_code(), static_cast<int>(GrpcCode::not_found));
  request.set_file_by_filename("/etc/passwd");
  EXPECT_EQ(conversation.ask(request).error_response().error_code(), static_cast<int>(GrpcCode::not_found));
  request.set_all_extension_numbers_of_type("grpc.health.v1.HealthCheckRequest");
  EXPECT_EQ(conversation.ask(request).error_response().error_code(), static_cast<int>(GrpcCode::not_found));
  EXPECT_EQ(conversation.ask({}).error_response().error_code(), static_cast<int>(GrpcCode::invalid_argument));
}

TEST(ReflectionService, is_for_this_host_and_for_who_has_the_token) {  // attacks.md, G10
  boost::asio::io_context io;
  ByteBudget budget(0, 0);
  MethodTable methods;
  RecordingGrpcObserver observer;
  ReflectionService reflection({"grpc.health.v1.Health"});
  reflection.add_to(methods);
  const struct {
    const char* peer;
    const char* token;
    const char* said;
    bool may;
  } table[] = {{"127.0.0.1", "", "", true},
               {"::1", "s3cret", "", true},
               {"10.0.0.2", "", "", false},
               {"10.0.0.2", "", "Bearer ", false},
               {"10.0.0.2", "s3cret", "", false},
               {"10.0.0.2", "s3cret", "Bearer wrong", false},
               {"::ffff:10.0.0.2", "s3cret", "", false},
               {"10.0.0.2", "s3cret", "Bearer s3cret", true}};
  for (const auto& [peer, token, said, may] : table) {
    GrpcSharing sharing{.limits = {},
                        .budget = budget,
                        .methods = methods,
                        .observer = observer,
                        .token = token,
                        .executor = io.get_executor(),
                        .deadlines = CallDeadlines(io.get_executor()),
                        .launch = {}};
    for (const char* path :
         {"/grpc.reflection.v1.ServerReflection/ServerReflectionInfo", "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo"}) {
      CallHead head;
      for (const auto& [name, value] : {std::pair(":method", "POST"), std::pair(":path", path),
                                        std::pair("content-type", "application/grpc"), std::pair("authorization", said)})
        head.add(name, value, sharing.limits.metadata_max);
      const auto terms = terms_of(head, peer, sharing);
      EXPECT_EQ(terms.has_value(), may) << peer << " " << token << " " << said << " " << path;
      if (!terms) EXPECT_EQ(terms.error().status.code, GrpcCode::unauthenticated);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Versions, ReflectionServiceTest, testing::Values("v1", "v1alpha"));

}  // namespace
}  // namespace orc
