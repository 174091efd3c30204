#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/grpc/grpc_sharing.h"
#include "adapters/grpc/grpc_status.h"
#include "adapters/grpc/message_reader.h"
#include "adapters/http/http_message.h"

namespace orc {

// The header block of a call, as it comes.
struct CallHead {
  std::string http_method;
  std::string path;
  HttpHeaders metadata;  // all fields but those of HTTP/2 itself
  std::size_t size = 0;  // of all fields, each with 32 bytes more (RFC 9113, section 6.5.2), kept or not

  // Fields are kept as long as the limit lasts.
  void add(std::string_view name, std::string_view value, std::size_t metadata_max);
};

// Why a call is not taken. Its HTTP status is not 200 where what came is no gRPC at all.
struct CallRefusal {
  int http_status;
  GrpcStatus status;
};

// What a call that is taken wants.
struct CallTerms {
  const GrpcMethod* method;
  GrpcEncoding encoding;                            // of its messages
  std::optional<std::chrono::nanoseconds> timeout;  // nothing: none
};

// Judges a complete header block, cheapest question first; nobody learns what is offered before the token is right.
std::expected<CallTerms, CallRefusal> terms_of(const CallHead& head, const std::string& peer_address, const GrpcSharing& sharing);

}  // namespace orc
