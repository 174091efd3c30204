#include "adapters/postgres/user_rows.h"

#include "adapters/sql_text/column_text.h"

namespace orc::postgres {

User read_user(Row row) {
  return {.id = row.as<UserId>(0),
          .email = row.text(1),
          .full_name = row.maybe_text(2),
          .role = role_from_word(row.bytes(3)).value_or(Role::user),
          .is_active = row.boolean(4),
          .created_at = row.time(5),
          .password_hash = row.text(6),
          .epoch = row.integer(7)};
}

ApiKey read_key(Row row) {
  return {.id = row.as<ApiKeyId>(0),
          .name = row.text(1),
          .owner = row.as<UserId>(2),
          .scopes = scopes_from_text(row.bytes(3)),
          .prefix = row.text(4),
          .created_at = row.time(5)};
}

Result<User> user_in(const Rows& rows) {
  if (rows.empty()) return fail(ErrorCode::not_found, "User not found");
  return read_user(rows[0]);
}

}  // namespace orc::postgres
