#include "adapters/postgres/schema.h"

#include "adapters/postgres/adoption.h"
#include "adapters/postgres/migration_session.h"
#include "adapters/sql_text/text_of.h"

namespace orc::postgres {
namespace {

constexpr std::int64_t server_version_min = 130'000;

// Who waits for the schema's lock looks up this often (waiting_for_lock), tells after the second time of whom it waits for, and then
// rarely.
constexpr int looks_before_telling = 2;
constexpr int looks_between_telling = 120;

constexpr std::chrono::milliseconds long_migration{1000};

// While a migration waits for a table that somebody reads, everybody else waits behind it. It waits for less than they do (begin_session),
// then lets them pass and tries again. Where it is an autovacuum that has the table, it now and then waits for longer than
// deadlock_timeout, when that gives way.
constexpr std::chrono::milliseconds table_patience{200};
constexpr std::chrono::milliseconds autovacuum_patience{1500};
constexpr int tries_between_long_ones = 10;

void tell(const Opening& opening, LogLevel level, std::string_view event, std::string_view reason) {
  if (opening.tell) opening.tell(level, event, reason);
}

bool is_stopped(const Opening& opening) { return opening.is_stopped && opening.is_stopped(); }

std::unexpected<Error> stopped() { return fail(ErrorCode::unavailable, "the start was stopped before the database was ready"); }

Result<void> check_server(MigrationSession& session) {
  const Row row = session.ask("server_encoding")[0];
  if (row.bytes(0) != "UTF8")
    return fail(ErrorCode::invalid_argument, text_of("the database of DATABASE_URL is encoded in ", row.bytes(0), ", but must be in UTF8"));
  if (row.integer(1) < server_version_min)
    return fail(ErrorCode::invalid_argument,
                text_of("the server of DATABASE_URL is PostgreSQL ", row.integer(1) / 10'000, ", but must be 13 or later"));
  return {};
}

// 0: nothing of ours is there.
Result<std::int64_t> version_of(MigrationSession& session, std::int64_t newest, const Opening& opening) {
  if (!session.ask("has_schema_table")[0].boolean(0)) return 0;
  const Row row = session.ask("schema_version")[0];
  const std::int64_t version = row.integer(0);
  if (version <= newest) return version;
  const std::int64_t oldest = row.integer(1);
  if (oldest == 0 || oldest > newest)
    return fail(ErrorCode::conflict, text_of("the database has schema ", version, ", this orc knows schemas up to ", newest,
                                             ": start a newer orc, or restore a backup that is as old as this one"));
  tell(opening, LogLevel::warning, "the database is of a newer release",
       text_of("it has schema ", version, ", this orc knows schemas up to ", newest, "; it works with those from ", oldest, " on"));
  return version;
}

// Whether it was to be had in the time that a session waits for a lock.
bool takes_lock(MigrationSession& session) {
  try {
    session.ask("lock_schema");
    return true;
  } catch (const StorageFault& fault) {
    if (fault.kind() != StorageFault::Kind::collision) throw;
    return false;
  }
}

void tell_of_holder(MigrationSession& session, const Opening& opening) {
  const Rows holders = session.ask("schema_lock_holder");
  if (holders.empty()) return;
  const Row holder = holders[0];
  tell(opening, LogLevel::warning, "the start waits for another process",
       text_of("the database's server process ", holder.integer(0), " (", holder.bytes(1), ", from ", holder.bytes(2),
               ") holds the lock of the schema: it starts or migrates just now, or was left open; SELECT pg_terminate_backend(",
               holder.integer(0), ") ends it"));
}

// The lock is the session's, so it goes with a process that dies. Several processes that start at once wait here for the first.
Result<void> lock_schema(MigrationSession& session, const Opening& opening) {
  session.wait_for_locks(std::chrono::milliseconds{500});
  for (int looks = 1; !takes_lock(session); ++looks) {
    if (is_stopped(opening)) return stopped();
    if (looks % looks_between_telling == looks_before_telling) tell_of_holder(session, opening);
  }
  return {};
}

Result<void> check_rights(MigrationSession& session, std::int64_t version, std::int64_t newest) {
  const Row row = session.ask("may_migrate")[0];
  if (row.boolean(0)) return {};
  return fail(ErrorCode::permission_denied,
              text_of("the database has schema ", version, " and needs ", newest, ", but the role ", row.bytes(1),
                      " may not make tables in the schema \"", row.bytes(2),
                      "\" or change those that are there: run orc migrate with DATABASE_URL naming the role that owns them"));
}

// Rights that a role was given once do not hold for tables that came later, unless its owner has said so.
Result<void> check_serving_rights(MigrationSession& session) {
  const Row row = session.ask("rights_that_lack")[0];
  if (row.is_null(0)) return {};
  return fail(ErrorCode::permission_denied,
              text_of("the role ", row.bytes(1), " may not use all of ", row.bytes(0),
                      ": as their owner, give it the rights that docs/operating.md names (GRANT … TO ", row.bytes(1), ")"));
}

// Whether the locks that it needs were to be had.
bool is_applied(MigrationSession& session, const SqlMigration& migration, Timestamp now) {
  try {
    session.ask("begin_write");
    session.script(std::string(migration.sql));
    session.ask("note_migration", migration.number, migration.name, now, serves_from);
    session.ask("end_transaction");
    return true;
  } catch (const StorageFault& fault) {
    if (fault.kind() != StorageFault::Kind::collision) throw;
    session.roll_back();
    return false;
  }
}

void tell_of_reader(MigrationSession& session, const SqlMigration& migration, const Opening& opening) {
  const Rows readers = session.ask("reader_of_tables");
  if (readers.empty()) return;
  const Row reader = readers[0];
  tell(opening, LogLevel::warning, "a migration waits for another session",
       text_of(migration.name, ": the database's server process ", reader.integer(0), " (", reader.bytes(1), ", from ", reader.bytes(2),
               ") holds tables in a transaction that has been open for ", reader.integer(3), " s; SELECT pg_terminate_backend(",
               reader.integer(0), ") ends it"));
}

Result<void> apply(MigrationSession& session, const SqlMigration& migration, Timestamp now, const Opening& opening) {
  auto start = std::chrono::steady_clock::now();
  for (int tries = 1;; ++tries) {
    const bool is_long = tries % tries_between_long_ones == 0 && session.ask("is_being_vacuumed")[0].boolean(0);
    session.wait_for_locks(is_long ? autovacuum_patience : table_patience);
    if (is_applied(session, migration, now)) break;
    if (is_stopped(opening)) return stopped();
    if (tries % looks_between_telling == looks_before_telling) tell_of_reader(session, migration, opening);
    session.ask("let_others_pass");
    start = std::chrono::steady_clock::now();
  }
  const auto taken = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
  if (taken >= long_migration) tell(opening, LogLevel::info, "a migration took long", text_of(migration.name, ": ", taken.count(), " ms"));
  return {};
}

Result<void> migrate_alone(MigrationSession& session, std::span<const SqlMigration> migrations, Timestamp now, const Opening& opening) {
  const std::int64_t newest = migrations.back().number;
  auto version = version_of(session, newest, opening);
  if (!version) return pass_on(version);
  if (*version >= newest) return {};
  if (auto allowed = check_rights(session, *version, newest); !allowed) return allowed;
  if (*version == 0)
    if (auto judged = judge_adoption(session, opening); !judged) return judged;
  if (!session.ask("has_schema_table")[0].boolean(0)) session.ask("make_schema_table");
  session.ask("complete_schema_table");
  tell(opening, LogLevel::info, "the database is migrated",
       text_of("from schema ", *version, " to ", newest, "; on large tables this takes its time"));
  for (const SqlMigration& migration : migrations) {
    if (migration.number <= *version) continue;
    if (is_stopped(opening)) return stopped();
    if (auto applied = apply(session, migration, now, opening); !applied) return applied;
  }
  return {};
}

}  // namespace

Result<void> migrate(Connection& connection, std::span<const SqlMigration> migrations, Timestamp now, const Opening& opening) {
  MigrationSession session(connection);
  if (auto good = check_server(session); !good) return good;
  auto version = version_of(session, migrations.back().number, opening);
  if (!version) return pass_on(version);
  if (*version < migrations.back().number) {
    session.take_time();
    if (auto locked = lock_schema(session, opening); !locked) return locked;
    if (auto migrated = migrate_alone(session, migrations, now, opening); !migrated) return migrated;
  }
  warn_of_foreign_keys(session, opening);
  return check_serving_rights(session);
}

}  // namespace orc::postgres
