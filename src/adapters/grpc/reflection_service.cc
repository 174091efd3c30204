#include "adapters/grpc/reflection_service.h"

#include <algorithm>
#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <set>
#include <utility>

#include "adapters/grpc/message_bytes.h"
#include "domain/assert.h"
#include "generated/grpc/reflection/v1/reflection.pb.h"

namespace orc {

using google::protobuf::DescriptorPool;
using google::protobuf::FileDescriptor;
using grpc::reflection::v1::ServerReflectionRequest;
using grpc::reflection::v1::ServerReflectionResponse;

namespace {

const DescriptorPool& compiled_in() { return *DescriptorPool::generated_pool(); }

// The file and what it imports, each once, what is imported after what imports it.
void add_files(const FileDescriptor& file, ServerReflectionResponse& response, std::set<std::string>& added) {
  if (!added.insert(file.name()).second) return;
  google::protobuf::FileDescriptorProto description;
  file.CopyTo(&description);
  response.mutable_file_descriptor_response()->add_file_descriptor_proto(bytes_of(description));
  for (int i = 0; i < file.dependency_count(); ++i) add_files(*file.dependency(i), response, added);
}

void say_unknown(ServerReflectionResponse& response, const std::string& what) {
  auto& error = *response.mutable_error_response();
  error.set_error_code(static_cast<int>(GrpcCode::not_found));
  error.set_error_message("there is no " + what + " here");
}

void answer_file(const FileDescriptor* file, const std::string& what, ServerReflectionResponse& response) {
  std::set<std::string> added;
  if (file == nullptr)
    say_unknown(response, what);
  else
    add_files(*file, response, added);
}

ServerReflectionResponse answer_to(const ServerReflectionRequest& request, const std::vector<std::string>& services) {
  ServerReflectionResponse response;
  response.set_valid_host(request.host());
  *response.mutable_original_request() = request;
  switch (request.message_request_case()) {
    case ServerReflectionRequest::kFileByFilename:
      answer_file(compiled_in().FindFileByName(request.file_by_filename()), "such file", response);
      break;
    case ServerReflectionRequest::kFileContainingSymbol:
      answer_file(compiled_in().FindFileContainingSymbol(request.file_containing_symbol()), "such symbol", response);
      break;
    case ServerReflectionRequest::kFileContainingExtension:
    case ServerReflectionRequest::kAllExtensionNumbersOfType:
      say_unknown(response, "extension");  // there are none: all files are proto3
      break;
    case ServerReflectionRequest::kListServices:
      for (const std::string& name : services) response.mutable_list_services_response()->add_service()->set_name(name);
      break;
    case ServerReflectionRequest::MESSAGE_REQUEST_NOT_SET:
      response.mutable_error_response()->set_error_code(static_cast<int>(GrpcCode::invalid_argument));
      response.mutable_error_response()->set_error_message("the request asks for nothing");
      break;
  }
  return response;
}

}  // namespace

ReflectionService::ReflectionService(std::vector<std::string> services) : services_(std::move(services)) {
  services_.insert(services_.end(), {"grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"});
  std::ranges::sort(services_);
  for (const std::string& service : services_) ORC_ASSERT(compiled_in().FindServiceByName(service) != nullptr);
}

void ReflectionService::add_to(MethodTable& methods) const {
  for (const char* package : {"v1", "v1alpha"})
    methods.add({.path = "/grpc.reflection." + std::string(package) + ".ServerReflection/ServerReflectionInfo",
                 .access = GrpcAccess::token_or_loopback,
                 .handler = StreamHandler([this](GrpcStream& stream) { return converse(stream); })});
}

boost::asio::awaitable<GrpcStatus> ReflectionService::converse(GrpcStream& stream) const {
  while (const auto message = co_await stream.read()) {
    const auto request = message_from<ServerReflectionRequest>(*message);
    if (!request) co_return request.error();
    if (!co_await stream.write(bytes_of(answer_to(*request, services_)))) break;
  }
  co_return GrpcStatus{};
}

}  // namespace orc
