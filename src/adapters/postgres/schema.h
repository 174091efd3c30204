#pragma once

#include <span>

#include "adapters/postgres/connection.h"
#include "domain/result.h"

namespace orc::postgres {

// Brings a database to the newest of `migrations`, each in a transaction of its own, one process at a time; one that has them all is only
// read. Adopts the tables of contract section 5 as another service left them.
// Errors: conflict, if the database is of a newer program; invalid_argument, if the server or the database's encoding will not do. Throws
// StorageFault.
Result<void> migrate(Connection& connection, std::span<const SqlMigration> migrations, Timestamp now);

}  // namespace orc::postgres
