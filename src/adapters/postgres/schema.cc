#include "adapters/postgres/schema.h"

#include "adapters/sql_text/text_of.h"

namespace orc::postgres {
namespace {

constexpr std::int64_t server_version_min = 130'000;

// A migration may rewrite a large table that it adopts; nobody waits for an answer meanwhile.
constexpr std::chrono::hours migration_max{24};

class Session {
 public:
  explicit Session(Connection& connection) : connection_(connection), deadline_(std::chrono::steady_clock::now() + migration_max) {}

  template <typename... Values>
  Rows ask(std::string_view name, const Values&... values) {
    const std::size_t place = connection_.send(name, Parameters(values...));
    connection_.exchange(deadline_);
    return connection_.answer(place);
  }
  void script(const std::string& sql) { connection_.run_script(sql, deadline_); }

 private:
  Connection& connection_;
  const SteadyTime deadline_;
};

Result<void> check_server(Session& session) {
  const Row row = session.ask("server_encoding")[0];
  if (row.bytes(0) != "UTF8")
    return fail(ErrorCode::invalid_argument, text_of("the database of DATABASE_URL is encoded in ", row.bytes(0), ", but must be in UTF8"));
  if (row.integer(1) < server_version_min)
    return fail(ErrorCode::invalid_argument,
                text_of("the server of DATABASE_URL is PostgreSQL ", row.integer(1) / 10'000, ", but must be 13 or later"));
  return {};
}

Result<void> migrate_alone(Session& session, std::span<const SqlMigration> migrations, Timestamp now) {
  session.ask("make_schema_table");
  const auto version = session.ask("schema_version")[0].integer(0);
  if (version > migrations.back().number)
    return fail(ErrorCode::conflict,
                text_of("the database has schema ", version, ", this orc knows schemas up to ", migrations.back().number,
                        ": start a newer orc, or restore a backup that is as old as this one"));
  for (const SqlMigration& migration : migrations) {
    if (migration.number <= version) continue;
    session.ask("begin_write");
    session.script(std::string(migration.sql));
    session.ask("note_migration", migration.number, migration.name, now);
    session.ask("end_transaction");
  }
  return {};
}

}  // namespace

// The lock is the session's, so it goes with a process that dies. Several processes that start at once wait here for the first.
Result<void> migrate(Connection& connection, std::span<const SqlMigration> migrations, Timestamp now) {
  Session session(connection);
  if (auto good = check_server(session); !good) return good;
  session.script("SET statement_timeout = 0; SET lock_timeout = 0; SET idle_in_transaction_session_timeout = 0");
  session.ask("lock_schema");
  return migrate_alone(session, migrations, now);
}

}  // namespace orc::postgres
