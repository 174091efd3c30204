#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include "domain/result.h"

namespace orc::postgres {

// StorageFault is how the errors of PostgreSQL and of the way to it travel inside this folder: thrown by Connection and what stands on it,
// caught by Writer, Readers, PostgresJobSignals and PostgresStore::open, and nowhere else. The world sees to_error().
class StorageFault final : public std::exception {
 public:
  // What it means for those who wait.
  enum class Kind : std::uint8_t {
    away,       // the server cannot be reached; the connection is of no use any more
    late,       // it took longer than it may; others may be served quickly, if the server can still be reached
    refused,    // the server answers, but takes no writes just now: disk full, read only, out of memory
    collision,  // two transactions were in each other's way; the same again may work at once
    statement,  // one statement or its values; others are not concerned
  };

  StorageFault(Kind kind, std::string message) : kind_(kind), message_(std::move(message)) {}

  // What a server said. `sqlstate` is a code of PostgreSQL's Appendix A, `doing` the name of the statement.
  static StorageFault from_server(std::string_view sqlstate, std::string_view words, std::string_view doing);

  Kind kind() const { return kind_; }
  const char* what() const noexcept override { return message_.c_str(); }

  // unavailable, with a sentence for people; internal for a fault of a statement.
  Error to_error() const;

 private:
  Kind kind_;
  std::string message_;
};

}  // namespace orc::postgres
