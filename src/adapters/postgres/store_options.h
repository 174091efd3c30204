#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "ports/event_log.h"

namespace orc::postgres {

// What one transaction did, for metrics.
struct CommitFigures {
  std::chrono::nanoseconds duration{};  // from BEGIN until the server has it on disk
  std::size_t operations = 0;
  std::size_t waiting = 0;  // operations that had come meanwhile
  bool succeeded = true;
};

// Called on a writer's thread after those who waited were answered; must be short.
using CommitObserver = std::function<void(const CommitFigures&)>;

// Called with what the server or libpq said of a fault that somebody was told of, and with none of the values of a statement. On threads of
// the store; must be short.
using FaultObserver = std::function<void(std::string_view words)>;

// While a database is opened, which may have to wait for others and change large tables. On the thread that opens; each may be empty.
struct Opening {
  // What the operator should know: what is waited for, what is changed, what somebody has to do something about.
  std::function<void(LogLevel level, std::string_view event, std::string_view reason)> tell;
  // Whether to give up; asked twice a second.
  std::function<bool()> is_stopped;
};

struct WriterLimits {
  std::size_t waiting_max = 50'000;        // operations; one more is refused
  std::size_t rows_per_commit_max = 4096;  // as far as operations say beforehand; bounds how long a commit takes
  // From when an operation comes until its transaction has ended (attacks.md, R10: an answer within two seconds). Then it took too long, or
  // the server is away. Whoever waited so long that there is hardly time left is refused without a try.
  std::chrono::milliseconds answer_max{1500};
};

struct ReaderLimits {
  std::size_t threads = 2;                     // each with a connection
  std::size_t waiting_max = 1024;              // reads that wait for a thread; one more is refused
  std::chrono::milliseconds answer_max{1500};  // from when a read comes, as of a writer
};

// While the server is away, one attempt to reach it is made this often, and takes at most so long.
inline constexpr std::chrono::milliseconds reconnect_pause{250};
inline constexpr std::chrono::milliseconds connect_max{1000};

// The outcome of a commit whose answer was lost is asked about no longer than this after the server was last heard, and connect_max / 2
// more, however much time the transaction has: who waits for it, and behind it, is told within two seconds (attacks.md, R10).
inline constexpr std::chrono::milliseconds outcome_max{1500};

// Who was not answered in time asks for so long whether the server is there at all.
inline constexpr std::chrono::milliseconds sign_of_life_max{200};

// The server ends a statement by so much before its client gives it up, so that a slow one does not cost the connection, nor runs on.
inline constexpr std::chrono::milliseconds statement_margin{100};

// As lock_timeout in statements/schema.sql: then a lock that somebody holds counts as a collision.
inline constexpr std::chrono::milliseconds lock_wait_max{300};

// Who has less time left is not tried any more: it would be cut off in the midst, and the connection with it.
inline constexpr std::chrono::milliseconds try_min{lock_wait_max};

struct StoreOptions {
  std::string url;  // postgresql://…, with everything that libpq understands: sslmode, options, several hosts
  WriterLimits writer;
  ReaderLimits readers;
  // Of what is read and written piece by piece. A large blob may take longer than answer_max, but none of its pieces.
  ReaderLimits blobs{.threads = 2, .waiting_max = 4096};
  CommitObserver observer;  // may be empty
  FaultObserver on_fault;   // may be empty
  Opening opening;
};

}  // namespace orc::postgres
