#include "adapters/grpc/call_head.h"

#include <utility>

#include "adapters/grpc/grpc_timeout.h"

namespace orc {
namespace {

constexpr std::size_t field_overhead = 32;

std::unexpected<CallRefusal> refuse(GrpcCode code, std::string message, int http_status = 200) {
  return std::unexpected(CallRefusal{.http_status = http_status, .status = {code, std::move(message)}});
}

// Takes as long for a wrong token as for the right one of the same length.
bool are_equal(std::string_view one, std::string_view other) {
  if (one.size() != other.size()) return false;
  unsigned char difference = 0;
  for (std::size_t i = 0; i < one.size(); ++i) difference |= static_cast<unsigned char>(one[i] ^ other[i]);
  return difference == 0;
}

bool has_token(const CallHead& head, std::string_view token) {
  constexpr std::string_view scheme = "Bearer ";
  const std::string_view field = head.metadata.value_of("authorization");
  return !token.empty() && field.size() > scheme.size() && (field.starts_with(scheme) || field.starts_with("bearer ")) &&
         are_equal(field.substr(scheme.size()), token);
}

bool is_loopback(std::string_view address) { return address.starts_with("127.") || address == "::1"; }

bool may_call(GrpcAccess access, const CallHead& head, std::string_view peer_address, std::string_view token) {
  switch (access) {
    case GrpcAccess::anyone:
      return true;
    case GrpcAccess::token:
      return token.empty() || has_token(head, token);
    case GrpcAccess::token_or_loopback:
      return is_loopback(peer_address) || has_token(head, token);
  }
}

// "application/grpc", alone, with "+proto" or with parameters. "application/grpc-web" is another protocol.
bool is_grpc(std::string_view content_type) {
  constexpr std::string_view plain = "application/grpc";
  if (!content_type.starts_with(plain)) return false;
  content_type.remove_prefix(plain.size());
  if (content_type.starts_with("+proto")) content_type.remove_prefix(std::string_view("+proto").size());
  return content_type.empty() || content_type.front() == ';';
}

std::optional<GrpcEncoding> encoding_of(std::string_view field) {
  if (field.empty() || field == "identity") return GrpcEncoding::identity;
  if (field == "gzip") return GrpcEncoding::gzip;
  return {};
}

}  // namespace

void CallHead::add(std::string_view name, std::string_view value, std::size_t metadata_max) {
  size += name.size() + value.size() + field_overhead;
  if (size > metadata_max) return;
  if (name == ":method")
    http_method = value;
  else if (name == ":path")
    path = value;
  else if (!name.starts_with(':'))
    metadata.add(name, value);
}

std::expected<CallTerms, CallRefusal> terms_of(const CallHead& head, const std::string& peer_address, const GrpcSharing& sharing) {
  if (head.size > sharing.limits.metadata_max)
    return refuse(GrpcCode::resource_exhausted,
                  "the metadata of " + std::to_string(head.size) + " bytes is larger than " + std::to_string(sharing.limits.metadata_max));
  if (head.http_method != "POST") return refuse(GrpcCode::internal, "gRPC calls are POST requests", 405);
  if (!is_grpc(head.metadata.value_of("content-type")))
    return refuse(GrpcCode::internal, "the content-type must be application/grpc or application/grpc+proto", 415);
  const GrpcMethod* method = sharing.methods.find(head.path);
  if (!may_call(method == nullptr ? GrpcAccess::token : method->access, head, peer_address, sharing.token))
    return refuse(GrpcCode::unauthenticated, "give the token that the server was started with, as metadata: authorization: Bearer TOKEN");
  if (method == nullptr)
    return refuse(GrpcCode::unimplemented,
                  sharing.methods.has_service_of(head.path) ? "the service has no such method" : "no such service is offered here");
  const auto encoding = encoding_of(head.metadata.value_of("grpc-encoding"));
  if (!encoding) return refuse(GrpcCode::unimplemented, "messages may be compressed by gzip only, or not at all");
  std::optional<std::chrono::nanoseconds> timeout;
  if (const auto field = head.metadata.find("grpc-timeout")) {
    timeout = parse_grpc_timeout(*field, sharing.limits.timeout_max);
    if (!timeout) return refuse(GrpcCode::internal, "grpc-timeout must be 1 to 8 digits and one of H, M, S, m, u and n");
  }
  return CallTerms{.method = method, .encoding = *encoding, .timeout = timeout};
}

}  // namespace orc
