#pragma once

#include <cstdint>
#include <span>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/store_options.h"
#include "domain/result.h"

namespace orc::postgres {

// The oldest schema whose programs go on working on the newest one: that of the release before this one. Each database that is brought to
// the newest schema says so, and they start on it. So a migration above this number only adds (tests/tidy/migrations_test.py), and what
// nobody uses any more is dropped a release later.
inline constexpr std::int64_t serves_from = 17;

// Brings a database to the newest of `migrations`, each in a transaction of its own, one process at a time; one that has them all is only
// read, which needs no rights on the schema and no lock. Adopts the tables of contract section 5 as another service left them.
// A database of a newer program that serves this one is left as it is.
// Errors: conflict, if the database is of another newer program or cannot be adopted whole; invalid_argument, if the server or the
// database's encoding will not do; permission_denied, if this role may not change it; unavailable, if it was stopped. Throws StorageFault.
Result<void> migrate(Connection& connection, std::span<const SqlMigration> migrations, Timestamp now, const Opening& opening);

}  // namespace orc::postgres
