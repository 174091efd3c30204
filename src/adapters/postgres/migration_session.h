#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "adapters/postgres/connection.h"
#include "adapters/sql_text/text_of.h"

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
  void roll_back() { connection_.roll_back(deadline_); }

  // For how long a statement from now on waits for a lock: then StorageFault (collision).
  void wait_for_locks(std::chrono::milliseconds max) { script(text_of("SET lock_timeout = ", max.count())); }

  // From now on a statement may take as long as it needs, read tables from end to end, and ends when this program does.
  void take_time() {
    script(
        "SET statement_timeout = 0; SET idle_in_transaction_session_timeout = 0; RESET enable_seqscan; RESET enable_bitmapscan; "
        "RESET enable_hashjoin; RESET enable_mergejoin");
    ask("notice_that_we_are_gone");
  }

 private:
  // A migration may rewrite a large table that it adopts; nobody waits for an answer meanwhile.
  static constexpr std::chrono::hours migration_max{24};

  Connection& connection_;
  const SteadyTime deadline_;
};

}  // namespace orc::postgres
