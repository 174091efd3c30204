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
  still_running = 7,   // the time to wait is over, and what was waited for goes on
  interrupted = 130,   // a second signal ended it at once; 128 + SIGINT, as a shell tells of an interrupt
};

// Shown at the end of every --help.
inline constexpr const char* exit_code_words =
    "Exit codes: 0 ok; 1 the job failed or was cancelled, a check found a fault, or a stop had to cut something off; 2 wrong usage, input "
    "or\n"
    "setting; 3 the server or another part cannot be reached or cannot answer now; 4 not logged in or not allowed; 5 not found, or not\n"
    "possible in its present state; 6 internal fault; 7 it was waited for long enough, and goes on; 130 a second signal ended it at once.";

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
