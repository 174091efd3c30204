#include "adapters/postgres/user_writes.h"

#include <utility>

#include "adapters/postgres/user_rows.h"

namespace orc::postgres {
namespace {

std::unexpected<Error> email_taken() { return fail(ErrorCode::conflict, "Email already registered"); }

std::unexpected<Error> last_admin() { return fail(ErrorCode::conflict, "this is the last active administrator; make another one first"); }

bool is_last_active_admin(Transaction& transaction, const User& user) {
  return user.role == Role::admin && user.is_active && transaction.ask("other_active_admin", to_word(Role::admin), user.id).empty();
}

}  // namespace

Result<User> add_user(Transaction& transaction, const NewUser& user, Timestamp now) {
  transaction.lock(Exclusive::users);
  const bool is_first = transaction.ask("user_count")[0].integer(0) == 0;
  if (!transaction.ask("user_by_email", user.email).empty()) return email_taken();
  const Role role = is_first ? Role::admin : user.role;
  const Rows added = transaction.ask("add_user", user.email, user.full_name, to_word(role), now, user.password_hash);
  if (added.empty()) return email_taken();
  return user_in(transaction.ask("user_by_id", added[0].as<UserId>(0)));
}

Result<User> change_user(Transaction& transaction, UserId id, const UserChange& change) {
  transaction.lock(Exclusive::users);
  auto user = user_in(transaction.ask("user_by_id", id));
  if (!user) return user;
  if (change.email) {
    const auto holder = user_in(transaction.ask("user_by_email", *change.email));
    if (holder && holder->id != id) return email_taken();
  }
  const bool stays_admin = change.role.value_or(user->role) == Role::admin && change.is_active.value_or(user->is_active);
  if (!stays_admin && is_last_active_admin(transaction, *user)) return last_admin();
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
  transaction.send("write_user", id, user->email, user->full_name, to_word(user->role), user->is_active, user->password_hash, user->epoch);
  return user;
}

// Submissions hold the user's row until their commit, so all jobs of it are there to be seen once it is gone.
Result<void> erase_user(Transaction& transaction, UserId id) {
  transaction.lock(Exclusive::users);
  auto user = user_in(transaction.ask("user_by_id", id));
  if (!user) return pass_on(user);
  if (is_last_active_admin(transaction, *user)) return last_admin();
  transaction.send("remove_user", id);
  transaction.send("remove_keys_of", id);
  transaction.send("note_removal", std::string_view("user"), std::to_underlying(id), std::string_view());
  return {};
}

}  // namespace orc::postgres
