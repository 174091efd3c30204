#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include "domain/result.h"

namespace orc::postgres {

// StorageFault is how the errors of PostgreSQL and of the way to it travel inside this folder: thrown by Connection and what stands on it,
// caught by Writer, Readers, PostgresJobSignals and PostgresStore::open, and nowhere else. The world sees to_error(); what() is for the
// operator alone: it has the words of the server or of libpq, with names of hosts and statements.
class StorageFault final : public std::exception {
 public:
  // What it means for those who wait.
  enum class Kind : std::uint8_t {
    away,       // the server cannot be reached; the connection is of no use any more
    in_doubt,   // it went away during the commit and did not come back in time: whether that took place is not known
    late,       // it took longer than it may; others may be served quickly, if the server can still be reached
    refused,    // the server answers, but takes no writes just now: disk full, read only, out of memory
    collision,  // two transactions were in each other's way; the same again may work at once
    unfit,      // a statement names what is not there, or what this role has no right to: somebody has changed the schema or the rights
    statement,  // one statement or its values; others are not concerned
  };

  StorageFault(Kind kind, std::string message) : kind_(kind), message_(std::move(message)) {}

  // What a server said. `sqlstate` is a code of PostgreSQL's Appendix A, `words` its primary message, as the details of one may quote what
  // people have stored; `doing` is the name of the statement.
  static StorageFault from_server(std::string_view sqlstate, std::string_view words, std::string_view doing);

  Kind kind() const { return kind_; }
  // Whether another statement may do better.
  bool concerns_one() const { return kind_ == Kind::statement || kind_ == Kind::collision || kind_ == Kind::unfit; }
  // Whether the server cannot be reached.
  bool means_away() const { return kind_ == Kind::away || kind_ == Kind::in_doubt; }
  const char* what() const noexcept override { return message_.c_str(); }

  // unavailable, with a sentence for people, the same for all faults of a kind; internal for a fault of a statement.
  Error to_error() const;

 private:
  Kind kind_;
  std::string message_;
};

}  // namespace orc::postgres
