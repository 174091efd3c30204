#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <utility>

namespace orc {

// Everything that can go wrong in a way that somebody outside may cause or must handle. Our own bugs assert instead.
enum class ErrorCode : std::uint8_t {
  invalid_argument,    // the caller sent something that can never work
  unauthenticated,     // nobody, or nobody that we know
  permission_denied,   // somebody, but not allowed
  not_found,           // no such thing, or none that the caller may know of
  conflict,            // the thing is not in a state that allows this
  resource_exhausted,  // a named limit is reached; the same request may work later
  unavailable,         // something that we depend on is away; the same request may work later
  internal,            // a fault of ours that we could contain
};

// An error is a code for programs and one sentence for people: the thing, its value, the limit, what to do.
struct [[nodiscard]] Error {
  ErrorCode code;
  std::string message;
  bool operator==(const Error&) const = default;
};

template <typename T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, std::string message) { return std::unexpected(Error{code, std::move(message)}); }

// Hands an error on unchanged as the result of another type.
template <typename T>
std::unexpected<Error> pass_on(Result<T>& failed) {
  return std::unexpected(std::move(failed).error());
}

}  // namespace orc
