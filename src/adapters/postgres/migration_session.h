#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "adapters/postgres/connection.h"

namespace orc::postgres {

// MigrationSession is a connection as one uses it who changes the schema: one statement after another, each waited for, however long a
// large table takes. Throws StorageFault.
class MigrationSession {
 public:
  explicit MigrationSession(Connection& connection)
      : connection_(connection), deadline_(std::chrono::steady_clock::now() + migration_max) {}

  template <typename... Values>
  Rows ask(std::string_view name, const Values&... values) {
    const std::size_t place = connection_.send(name, Parameters(values...));
    connection_.exchange(deadline_);
    return connection_.answer(place);
  }
  void script(const std::string& sql) { connection_.run_script(sql, deadline_); }

 private:
  // A migration may rewrite a large table that it adopts; nobody waits for an answer meanwhile.
  static constexpr std::chrono::hours migration_max{24};

  Connection& connection_;
  const SteadyTime deadline_;
};

}  // namespace orc::postgres
