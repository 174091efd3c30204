#include "adapters/sqlite/statement_catalog.h"

namespace orc::sqlite {

Statement StatementCatalog::prepare(Connection& connection, std::string_view name) const {
  const auto [found, sql] = sql_.find(name);
  return {connection.native(), found, sql};
}

}  // namespace orc::sqlite
