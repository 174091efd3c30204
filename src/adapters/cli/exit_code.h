#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "domain/result.h"

namespace orc {

// What a command tells the shell. Scripts rely on the numbers: they never change.
enum class ExitCode : std::uint8_t {
  ok = 0,
  negative = 1,        // the job failed or was cancelled; a check found a fault
  usage = 2,           // wrong arguments, or input that can never work
  unreachable = 3,     // no server, or one that cannot answer now
  not_authorised = 4,  // not logged in, or not allowed
  not_found = 5,       // no such thing, or it is not in a state that allows this
  internal = 6,        // a fault of this program or of the server
};

// Shown at the end of --help.
inline constexpr const char* exit_code_words =
    "Exit codes: 0 ok; 1 the job failed or was cancelled, or a check found a fault; 2 wrong usage or input; 3 the server cannot be reached "
    "or\n"
    "cannot answer now; 4 not logged in or not allowed; 5 not found, or not possible in its present state; 6 internal fault.";

// Why a command did not succeed: a number for the shell and a sentence for the person, which says what to do next.
struct Failure {
  ExitCode code = ExitCode::internal;
  std::string message;
};

template <typename T>
using Outcome = std::expected<T, Failure>;

inline std::unexpected<Failure> stop_with(ExitCode code, std::string message) { return std::unexpected(Failure{code, std::move(message)}); }

// A failure of something on this host, a file mostly.
Failure failure_of(const Error& error);

}  // namespace orc
