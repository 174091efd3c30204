#pragma once

#include <map>
#include <span>
#include <string_view>

#include "adapters/sqlite/connection.h"
#include "adapters/sqlite/statement.h"

namespace orc::sqlite {

// StatementCatalog finds SQL by name in the texts of statements/*.sql, where each statement stands below a line `-- name: NAME`.
// Immutable; thread-safe. Borrows the texts, which live as long as the program.
class StatementCatalog {
 public:
  // Precondition: no name stands twice.
  explicit StatementCatalog(std::span<const std::string_view> files);

  // Precondition: the name exists. Throws StorageFault, if SQLite does not understand the statement.
  Statement prepare(Connection& connection, std::string_view name) const;

 private:
  void add_file(std::string_view text);

  std::map<std::string_view, std::string_view> sql_by_name_;
};

}  // namespace orc::sqlite
