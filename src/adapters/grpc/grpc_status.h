#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "domain/result.h"

namespace orc {

// The numbers are those of gRPC ("Status codes and their use in gRPC").
enum class GrpcCode : std::uint8_t {
  ok = 0,
  cancelled = 1,
  unknown = 2,
  invalid_argument = 3,
  deadline_exceeded = 4,
  not_found = 5,
  already_exists = 6,
  permission_denied = 7,
  resource_exhausted = 8,
  failed_precondition = 9,
  aborted = 10,
  out_of_range = 11,
  unimplemented = 12,
  internal = 13,
  unavailable = 14,
  data_loss = 15,
  unauthenticated = 16,
};

// How a call ended: a code for programs and a sentence for people, which is empty for ok.
struct GrpcStatus {
  GrpcCode code = GrpcCode::ok;
  std::string message;
  bool operator==(const GrpcStatus&) const = default;
};

template <typename T>
using GrpcResult = std::expected<T, GrpcStatus>;

inline std::unexpected<GrpcStatus> end_call(GrpcCode code, std::string message) {
  return std::unexpected(GrpcStatus{code, std::move(message)});
}

// The one table of this edge from our errors to codes.
GrpcStatus status_of(const Error& error);

// The name that gRPC writes, such as "INVALID_ARGUMENT".
std::string_view name_of(GrpcCode code);

// A message as the field grpc-message carries it: bytes other than printable ASCII, and '%', become %XX ("gRPC over HTTP2", Responses).
std::string percent_encoded_message(std::string_view message);

}  // namespace orc
