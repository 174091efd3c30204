#pragma once

#include <span>
#include <string_view>

#include "adapters/sql_text/named_sql.h"
#include "adapters/sqlite/connection.h"
#include "adapters/sqlite/statement.h"

namespace orc::sqlite {

// StatementCatalog prepares the statements of statements/*.sql by their names. Immutable; thread-safe. Borrows the texts, which live as
// long as the program.
class StatementCatalog {
 public:
  // Precondition: no name stands twice.
  explicit StatementCatalog(std::span<const std::string_view> files) : sql_(files) {}

  // Precondition: the name exists. Throws StorageFault, if SQLite does not understand the statement.
  Statement prepare(Connection& connection, std::string_view name) const;

 private:
  const NamedSql sql_;
};

}  // namespace orc::sqlite
