#pragma once

#include <cstdint>
#include <string_view>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/counters.h"

namespace orc::postgres {

// What only one process does at a time; each is a lock of its own.
enum class Exclusive : std::uint8_t { schema, users, plugins, audit };

// Transaction is one unit of change on a connection. Nothing has happened unless commit() returns. Used by one thread; throws StorageFault.
// It begins with the first statement, and ask() and commit() send along what send() has gathered: a transaction costs as many round trips
// as it has questions, and one.
class Transaction {
 public:
  // What it leaves in commit_marks (statements/schema.sql).
  struct Mark {
    std::int64_t writer = 0;
    std::int64_t generation = 0;
    std::int64_t number = 0;
  };

  Transaction(Connection& connection, Mark mark, SteadyTime deadline) : connection_(connection), mark_(mark), deadline_(deadline) {}
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;

  // A statement whose answer is looked at later: answer() after the next exchange(), or never.
  template <typename... Values>
  std::size_t send(std::string_view name, const Values&... values) {
    begin();
    return connection_.send(name, Parameters(values...));
  }
  void exchange() { connection_.exchange(deadline_); }
  Rows answer(std::size_t place) const { return connection_.answer(place); }

  // A statement whose answer is needed now.
  template <typename... Values>
  Rows ask(std::string_view name, const Values&... values) {
    const std::size_t place = send(name, values...);
    exchange();
    return answer(place);
  }

  // Waits until no other process holds this lock; held until the end.
  void lock(Exclusive what) { send("lock_for_all", std::int64_t{static_cast<std::int64_t>(what)}); }

  // Written by commit(), or before by send_counters(), for who looks at them in this transaction.
  Counters& counters() { return counters_; }
  void send_counters() { counters_.send(connection_); }

  // Of no effect if nothing was sent.
  void commit();

 private:
  void begin();

  Connection& connection_;
  const Mark mark_;
  const SteadyTime deadline_;
  Counters counters_;
  bool has_begun_ = false;
};

}  // namespace orc::postgres
