#pragma once

#include "adapters/postgres/migration_session.h"
#include "adapters/postgres/store_options.h"
#include "domain/result.h"

namespace orc::postgres {

// Looks at a database before the first migration, which would take over the tables of others (docs/decisions/postgres_adoption.md). Tells
// which accounts somebody should do something about. Changes nothing.
// Errors: conflict, with what to do first, if it could not be taken over whole.
Result<void> judge_adoption(MigrationSession& session, const Opening& opening);

// Tells of foreign keys that others have made since, which keep rows from being deleted.
void warn_of_foreign_keys(MigrationSession& session, const Opening& opening);

}  // namespace orc::postgres
