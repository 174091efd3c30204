#include "adapters/sqlite/user_queries.h"

#include "adapters/sql_text/column_text.h"

namespace orc::sqlite {
namespace {

User read_user(Row row) {
  return {.id = row.as<UserId>(0),
          .email = row.text(1),
          .full_name = row.maybe_text(2),
          .role = row.as<Role>(3),
          .is_active = row.as<bool>(4),
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

}  // namespace

UserQueries::UserQueries(Connection& connection, const StatementCatalog& catalog)
    : by_id_(catalog.prepare(connection, "user_by_id")),
      by_email_(catalog.prepare(connection, "user_by_email")),
      page_(catalog.prepare(connection, "user_page")),
      count_(catalog.prepare(connection, "user_count")),
      count_active_(catalog.prepare(connection, "active_user_count")),
      key_by_secret_(catalog.prepare(connection, "key_by_secret")),
      keys_of_(catalog.prepare(connection, "keys_of")) {}

Result<User> UserQueries::get(UserId id) {
  auto user = by_id_.first(read_user, id);
  if (!user) return fail(ErrorCode::not_found, "User not found");
  return std::move(*user);
}

Result<User> UserQueries::by_email(std::string_view address) {
  auto user = by_email_.first(read_user, address);
  if (!user) return fail(ErrorCode::not_found, "User not found");
  return std::move(*user);
}

UserPage UserQueries::list(Page page) {
  UserPage answer{.total = count_.number(), .items = {}};
  page_.for_each([&](Row row) { answer.items.push_back(read_user(row)); }, page.limit, page.skip);
  return answer;
}

std::int64_t UserQueries::count_active() { return count_active_.number(); }

Result<ApiKey> UserQueries::key_by_secret(const ContentHash& secret) {
  auto key = key_by_secret_.first(read_key, secret);
  if (!key) return fail(ErrorCode::not_found, "API key not found");
  return std::move(*key);
}

std::vector<ApiKey> UserQueries::keys_of(UserId owner) {
  std::vector<ApiKey> keys;
  keys_of_.for_each([&](Row row) { keys.push_back(read_key(row)); }, owner);
  return keys;
}

}  // namespace orc::sqlite
