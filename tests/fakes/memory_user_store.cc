#include "tests/fakes/memory_user_store.h"

#include <algorithm>

#include "tests/fakes/page_of.h"

namespace orc {
namespace {

std::unexpected<Error> user_not_found() { return fail(ErrorCode::not_found, "User not found"); }

std::unexpected<Error> admin_needed() { return fail(ErrorCode::conflict, "this is the last active administrator; make another one first"); }

bool is_active_admin(const User& user) { return user.is_active && user.role == Role::admin; }

}  // namespace

Result<void> MemoryUserStore::check_email_is_free(std::string_view email, std::optional<UserId> except) const {
  for (const auto& [id, user] : state_.users)
    if (user.email == email && id != except) return fail(ErrorCode::conflict, "the e-mail " + user.email + " is taken");
  return {};
}

bool MemoryUserStore::is_last_admin(UserId id) const {
  return std::ranges::all_of(state_.users, [&](const auto& known) { return is_active_admin(known.second) == (known.first == id); });
}

Async<User> MemoryUserStore::add(NewUser user) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  if (auto good = check_email_is_free(user.email, {}); !good) co_return pass_on(good);
  User made{.id = state_.next_id<UserId>(),
            .email = std::move(user.email),
            .full_name = std::move(user.full_name),
            .role = state_.users.empty() ? Role::admin : user.role,
            .created_at = state_.clock.now(),
            .password_hash = std::move(user.password_hash)};
  state_.users[made.id] = made;
  co_return made;
}

Async<User> MemoryUserStore::change(UserId id, UserChange change) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  const auto found = state_.users.find(id);
  if (found == state_.users.end()) co_return user_not_found();
  if (change.email)
    if (auto good = check_email_is_free(*change.email, id); !good) co_return pass_on(good);
  User next = found->second;
  if (change.email) next.email = std::move(*change.email);
  if (change.full_name) next.full_name = std::move(*change.full_name);
  if (change.password_hash) {
    next.password_hash = std::move(*change.password_hash);
    ++next.epoch;
  }
  if (next.is_active && change.is_active == false) ++next.epoch;
  next.is_active = change.is_active.value_or(next.is_active);
  next.role = change.role.value_or(next.role);
  if (!is_active_admin(next) && is_last_admin(id)) co_return admin_needed();
  found->second = next;
  co_return next;
}

Async<void> MemoryUserStore::erase(UserId id) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  if (!state_.users.contains(id)) co_return user_not_found();
  if (is_last_admin(id)) co_return admin_needed();
  for (auto& [job_id, row] : state_.jobs) {
    if (row.job.owner != id) continue;
    row.job.owner.reset();
    row.owner_was_removed = !is_terminal(row.job.status);
  }
  std::erase_if(state_.api_keys, [&](const auto& known) { return known.second.key.owner == id; });
  std::erase_if(state_.idempotency_keys, [&](const auto& known) { return known.first.first == id; });
  state_.users.erase(id);
  co_return Result<void>{};
}

Async<User> MemoryUserStore::get(UserId id) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  const auto found = state_.users.find(id);
  if (found == state_.users.end()) co_return user_not_found();
  co_return found->second;
}

Async<User> MemoryUserStore::by_email(std::string_view address) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  const std::string small = email_in_small_letters(address);
  const auto reads = [&](auto spelled) {
    return std::ranges::find_if(state_.users, [&](const auto& known) { return spelled(known.second.email); });
  };
  for (const auto found :
       {reads([&](const std::string& email) { return email == address; }), reads([&](const std::string& email) { return email == small; }),
        reads([&](const std::string& email) { return email_in_small_letters(email) == small; })})
    if (found != state_.users.end()) co_return found->second;
  co_return user_not_found();
}

Async<UserPage> MemoryUserStore::list(Page page) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  std::vector<User> all;
  for (const auto& [id, user] : state_.users) all.push_back(user);
  co_return UserPage{.total = std::ssize(all), .items = page_of(all, page)};
}

Async<std::int64_t> MemoryUserStore::count_active() {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  co_return std::ranges::count_if(state_.users, [](const auto& known) { return known.second.is_active; });
}

Async<ApiKey> MemoryApiKeyStore::add(NewApiKey key) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  if (!state_.users.contains(key.owner)) co_return user_not_found();
  for (const auto& [id, known] : state_.api_keys)
    if (known.secret == key.secret) co_return fail(ErrorCode::conflict, "this key is known already");
  ApiKey made{.id = state_.next_id<ApiKeyId>(),
              .name = std::move(key.name),
              .owner = key.owner,
              .scopes = std::move(key.scopes),
              .prefix = std::move(key.prefix),
              .created_at = state_.clock.now()};
  state_.api_keys[made.id] = {.key = made, .secret = key.secret};
  co_return made;
}

Async<ApiKey> MemoryApiKeyStore::by_secret(ContentHash secret) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  for (const auto& [id, known] : state_.api_keys)
    if (known.secret == secret) co_return known.key;
  co_return fail(ErrorCode::not_found, "API key not found");
}

Async<std::vector<ApiKey>> MemoryApiKeyStore::list(UserId owner) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  std::vector<ApiKey> keys;
  for (const auto& [id, known] : state_.api_keys)
    if (known.key.owner == owner) keys.push_back(known.key);
  co_return keys;
}

Async<void> MemoryApiKeyStore::erase(UserId owner, ApiKeyId id) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  const auto found = state_.api_keys.find(id);
  if (found == state_.api_keys.end() || found->second.key.owner != owner) co_return fail(ErrorCode::not_found, "API key not found");
  state_.api_keys.erase(found);
  co_return Result<void>{};
}

}  // namespace orc
