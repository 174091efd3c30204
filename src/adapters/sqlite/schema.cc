#include "adapters/sqlite/schema.h"

#include <algorithm>

#include "adapters/sql_text/text_of.h"
#include "adapters/sqlite/storage_fault.h"

namespace orc::sqlite {
namespace {

// Stands in the file's header and says whose it is ("orc1").
constexpr std::int64_t application_id = 0x6F726331;

Result<void> check_owner(Connection& connection, const StatementCatalog& catalog) {
  const auto id = connection.query_integer("PRAGMA application_id");
  if (id == application_id) return {};
  if (id == 0 && catalog.prepare(connection, "count_tables").number() == 0) return {};
  return fail(ErrorCode::conflict, "the database file was made by another program; give an empty or an older orc data directory");
}

// All or none: a sync each would be most of a first start, and nobody wants a schema between two releases.
void apply(Connection& connection, const StatementCatalog& catalog, std::span<const SqlMigration> missing, Timestamp now) {
  connection.execute("BEGIN IMMEDIATE");
  try {
    for (const SqlMigration& migration : missing) {
      connection.execute(std::string(migration.sql).c_str());
      catalog.prepare(connection, "note_migration").execute(migration.number, migration.name, now);
    }
    connection.execute(text_of("PRAGMA user_version = ", missing.back().number).c_str());
    connection.execute(text_of("PRAGMA application_id = ", application_id).c_str());
    connection.execute("COMMIT");
  } catch (const StorageFault&) {
    connection.roll_back();
    throw;
  }
}

}  // namespace

Result<void> migrate(Connection& connection, const StatementCatalog& catalog, std::span<const SqlMigration> migrations, Timestamp now) {
  if (auto ours = check_owner(connection, catalog); !ours) return ours;
  const auto version = connection.query_integer("PRAGMA user_version");
  if (version > migrations.back().number)
    return fail(ErrorCode::conflict,
                text_of("the database has schema ", version, ", this orc knows schemas up to ", migrations.back().number,
                        ": start a newer orc, or restore a backup that is as old as this one"));
  const auto first = std::ranges::find_if(migrations, [&](const SqlMigration& one) { return one.number > version; });
  const std::span<const SqlMigration> missing(first, migrations.end());
  if (!missing.empty()) apply(connection, catalog, missing, now);
  return {};
}

}  // namespace orc::sqlite
