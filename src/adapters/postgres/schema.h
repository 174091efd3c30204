#pragma once

#include <span>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/store_options.h"
#include "domain/result.h"

namespace orc::postgres {

// Brings a database to the newest of `migrations`, each in a transaction of its own, one process at a time; one that has them all is only
// read, which needs no rights on the schema and no lock. Adopts the tables of contract section 5 as another service left them.
// Errors: conflict, if the database is of a newer program or cannot be adopted whole; invalid_argument, if the server or the database's
// encoding will not do; permission_denied, if this role may not change it; unavailable, if it was stopped. Throws StorageFault.
Result<void> migrate(Connection& connection, std::span<const SqlMigration> migrations, Timestamp now, const Opening& opening);

}  // namespace orc::postgres
