#pragma once

#include <span>
#include <string_view>

#include "adapters/sql_text/named_sql.h"

namespace orc::postgres {

// The files of migrations/ in order, and of statements/, as they were when this program was built.
std::span<const SqlMigration> embedded_migrations();
std::span<const std::string_view> embedded_statements();

}  // namespace orc::postgres
