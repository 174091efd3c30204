#include "adapters/sqlite/user_writes.h"

#include "adapters/sql_text/column_text.h"

namespace orc::sqlite {
namespace {

std::unexpected<Error> email_taken() { return fail(ErrorCode::conflict, "Email already registered"); }

std::unexpected<Error> last_admin() { return fail(ErrorCode::conflict, "this is the last active administrator; make another one first"); }

}  // namespace

UserWrites::UserWrites(Connection& connection, const StatementCatalog& catalog, LiveReferences& live)
    : queries_(connection, catalog),
      live_(live),
      other_active_admin_(catalog.prepare(connection, "other_active_admin")),
      add_(catalog.prepare(connection, "add_user")),
      write_(catalog.prepare(connection, "write_user")),
      remove_(catalog.prepare(connection, "remove_user")),
      note_former_(catalog.prepare(connection, "note_former_user")),
      note_with_orphans_(catalog.prepare(connection, "note_user_with_orphans")),
      remove_keys_of_(catalog.prepare(connection, "remove_keys_of")),
      add_key_(catalog.prepare(connection, "add_key")),
      remove_key_(catalog.prepare(connection, "remove_key")) {}

Result<User> UserWrites::add(const NewUser& user, Timestamp now) {
  if (queries_.by_email(user.email)) return email_taken();
  const bool is_first = queries_.list({.skip = 0, .limit = 1}).total == 0;
  const Role role = is_first ? Role::admin : user.role;
  return queries_.get(static_cast<UserId>(add_.number(user.email, user.full_name, role, now, user.password_hash)));
}

Result<User> UserWrites::change(UserId id, const UserChange& change) {
  auto user = queries_.get(id);
  if (!user) return user;
  if (change.email && *change.email != user->email && queries_.by_email(*change.email)) return email_taken();
  const bool stays_admin = change.role.value_or(user->role) == Role::admin && change.is_active.value_or(user->is_active);
  if (!stays_admin && is_last_active_admin(*user)) return last_admin();
  if (change.email) user->email = *change.email;
  if (change.full_name) user->full_name = *change.full_name;
  if (change.role) user->role = *change.role;
  if (change.is_active) {
    if (user->is_active && !*change.is_active) ++user->epoch;
    user->is_active = *change.is_active;
  }
  if (change.password_hash) {
    user->password_hash = *change.password_hash;
    ++user->epoch;
  }
  write_.execute(id, user->email, user->full_name, user->role, user->is_active, user->password_hash, user->epoch);
  return user;
}

Result<void> UserWrites::erase(UserId id) {
  auto user = queries_.get(id);
  if (!user) return pass_on(user);
  if (is_last_active_admin(*user)) return last_admin();
  remove_keys_of_.execute(id);
  remove_.execute(id);
  note_former_.execute(id);
  note_with_orphans_.execute(id);
  live_.forget();
  return {};
}

Result<ApiKey> UserWrites::add_key(const NewApiKey& key, Timestamp now) {
  if (auto owner = queries_.get(key.owner); !owner) return pass_on(owner);
  if (queries_.key_by_secret(key.secret)) return fail(ErrorCode::conflict, "this API key is known already");
  const std::string scopes = scopes_to_text(key.scopes);
  const auto id = static_cast<ApiKeyId>(add_key_.number(key.owner, key.name, scopes, key.secret, key.prefix, now));
  return ApiKey{.id = id, .name = key.name, .owner = key.owner, .scopes = key.scopes, .prefix = key.prefix, .created_at = now};
}

Result<void> UserWrites::erase_key(UserId owner, ApiKeyId id) {
  if (remove_key_.execute(owner, id) == 0) return fail(ErrorCode::not_found, "API key not found");
  return {};
}

bool UserWrites::is_last_active_admin(const User& user) {
  return user.role == Role::admin && user.is_active && !other_active_admin_.any(Role::admin, user.id);
}

}  // namespace orc::sqlite
