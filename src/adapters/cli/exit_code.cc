#include "adapters/cli/exit_code.h"

namespace orc {

Failure failure_of(const Error& error) {
  switch (error.code) {
    case ErrorCode::invalid_argument:
      return {ExitCode::usage, error.message};
    case ErrorCode::unauthenticated:
    case ErrorCode::permission_denied:
      return {ExitCode::not_authorised, error.message};
    case ErrorCode::not_found:
    case ErrorCode::conflict:
      return {ExitCode::not_found, error.message};
    case ErrorCode::resource_exhausted:
    case ErrorCode::unavailable:
      return {ExitCode::unreachable, error.message};
    case ErrorCode::internal:
      return {ExitCode::internal, error.message};
  }
  return {ExitCode::internal, error.message};
}

}  // namespace orc
