#pragma once

#include <span>

#include "adapters/sqlite/connection.h"
#include "adapters/sqlite/embedded_sql.h"
#include "adapters/sqlite/statement_catalog.h"
#include "domain/result.h"
#include "domain/time.h"

namespace orc::sqlite {

// Brings a database to the newest of `migrations`, each in a transaction of its own; one that has them all is only read.
// Errors: conflict, if the file is of a newer program, or of another program altogether. Throws StorageFault.
Result<void> migrate(Connection& connection, const StatementCatalog& catalog, std::span<const SqlMigration> migrations, Timestamp now);

}  // namespace orc::sqlite
