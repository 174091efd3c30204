#include "adapters/grpc/grpc_status.h"

#include <array>

namespace orc {
namespace {

GrpcCode code_of(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return GrpcCode::invalid_argument;
    case ErrorCode::unauthenticated:
      return GrpcCode::unauthenticated;
    case ErrorCode::permission_denied:
      return GrpcCode::permission_denied;
    case ErrorCode::not_found:
      return GrpcCode::not_found;
    case ErrorCode::conflict:
      return GrpcCode::failed_precondition;
    case ErrorCode::resource_exhausted:
      return GrpcCode::resource_exhausted;
    case ErrorCode::unavailable:
      return GrpcCode::unavailable;
    case ErrorCode::internal:
      return GrpcCode::internal;
  }
}

constexpr std::array<std::string_view, 17> names{
    "OK",        "CANCELLED",       "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS",  "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",    "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED",
};

}  // namespace

GrpcStatus status_of(const Error& error) { return {code_of(error.code), error.message}; }

std::string_view name_of(GrpcCode code) { return names.at(static_cast<std::size_t>(code)); }

std::string percent_encoded_message(std::string_view message) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(message.size());
  for (const char sign : message) {
    const auto byte = static_cast<unsigned char>(sign);
    if (byte >= 0x20 && byte <= 0x7e && sign != '%') {
      encoded.push_back(sign);
      continue;
    }
    encoded.push_back('%');
    encoded.push_back(digits[byte >> 4]);
    encoded.push_back(digits[byte & 15]);
  }
  return encoded;
}

}  // namespace orc
