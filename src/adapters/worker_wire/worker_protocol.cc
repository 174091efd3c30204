#include "adapters/worker_wire/worker_protocol.h"

namespace orc {

std::string_view to_word(ErrorCode code) {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "invalid_argument";
    case ErrorCode::unauthenticated:
      return "unauthenticated";
    case ErrorCode::permission_denied:
      return "permission_denied";
    case ErrorCode::not_found:
      return "not_found";
    case ErrorCode::conflict:
      return "conflict";
    case ErrorCode::resource_exhausted:
      return "resource_exhausted";
    case ErrorCode::unavailable:
      return "unavailable";
    case ErrorCode::internal:
      return "internal";
  }
  return {};
}

std::optional<ErrorCode> error_code_from_word(std::string_view word) {
  using enum ErrorCode;
  for (const ErrorCode code :
       {invalid_argument, unauthenticated, permission_denied, not_found, conflict, resource_exhausted, unavailable, internal})
    if (to_word(code) == word) return code;
  return {};
}

}  // namespace orc
