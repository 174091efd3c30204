#pragma once

#include "adapters/postgres/rows.h"
#include "domain/user/user.h"

namespace orc::postgres {

// What the columns of statements/users.sql stand for.
User read_user(Row row);
ApiKey read_key(Row row);

// A user out of the first row, or the error that there is none.
Result<User> user_in(const Rows& rows);

}  // namespace orc::postgres
