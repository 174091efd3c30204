#include "adapters/postgres/postgres_user_store.h"

#include "adapters/postgres/storable_text.h"
#include "adapters/postgres/user_rows.h"
#include "adapters/postgres/user_writes.h"
#include "adapters/sql_text/column_text.h"
#include "domain/assert.h"

namespace orc::postgres {

Async<User> PostgresUserStore::add(NewUser user) {
  return writer_.run([user = std::move(user)](Transaction& transaction, Timestamp now) { return add_user(transaction, user, now); });
}

Async<User> PostgresUserStore::change(UserId id, UserChange change) {
  return writer_.run(
      [id, change = std::move(change)](Transaction& transaction, Timestamp) { return change_user(transaction, id, change); });
}

Async<void> PostgresUserStore::erase(UserId id) {
  return writer_.run([id](Transaction& transaction, Timestamp) { return erase_user(transaction, id); });
}

Async<User> PostgresUserStore::get(UserId id) {
  return readers_.run([id](Reading& reading) { return user_in(reading.ask("user_by_id", id)); });
}

Async<User> PostgresUserStore::by_email(std::string_view address) {
  return readers_.run([address = std::string(address)](Reading& reading) -> Result<User> {
    if (!is_storable(address)) return user_in(Rows());
    return user_in(reading.ask("user_by_email", address));
  });
}

Async<UserPage> PostgresUserStore::list(Page page) {
  ORC_ASSERT(page.skip >= 0 && page.limit >= 0 && page.limit <= page_limit_max);
  return readers_.run([page](Reading& reading) {
    return reading.at_one_moment([&](Reading& moment) -> Result<UserPage> {
      UserPage answer{.total = moment.ask("user_count")[0].integer(0), .items = {}};
      for (const Row row : moment.ask("user_page", page.limit, page.skip)) answer.items.push_back(read_user(row));
      return answer;
    });
  });
}

Async<std::int64_t> PostgresUserStore::count_active() {
  return readers_.run([](Reading& reading) -> Result<std::int64_t> { return reading.ask("active_user_count")[0].integer(0); });
}

Async<ApiKey> PostgresApiKeyStore::add(NewApiKey key) {
  return writer_.run([key = std::move(key)](Transaction& transaction, Timestamp now) -> Result<ApiKey> {
    if (transaction.ask("lock_user", key.owner).empty()) return fail(ErrorCode::not_found, "User not found");
    const Rows added = transaction.ask("add_key", key.owner, key.name, scopes_to_text(key.scopes), key.secret, key.prefix, now);
    if (added.empty()) return fail(ErrorCode::conflict, "this API key is known already");
    return ApiKey{.id = added[0].as<ApiKeyId>(0),
                  .name = key.name,
                  .owner = key.owner,
                  .scopes = key.scopes,
                  .prefix = key.prefix,
                  .created_at = now};
  });
}

Async<ApiKey> PostgresApiKeyStore::by_secret(ContentHash secret) {
  return readers_.run([secret](Reading& reading) -> Result<ApiKey> {
    const Rows found = reading.ask("key_by_secret", secret);
    if (found.empty()) return fail(ErrorCode::not_found, "API key not found");
    return read_key(found[0]);
  });
}

Async<std::vector<ApiKey>> PostgresApiKeyStore::list(UserId owner) {
  return readers_.run([owner](Reading& reading) -> Result<std::vector<ApiKey>> {
    std::vector<ApiKey> keys;
    for (const Row row : reading.ask("keys_of", owner)) keys.push_back(read_key(row));
    return keys;
  });
}

Async<void> PostgresApiKeyStore::erase(UserId owner, ApiKeyId id) {
  return writer_.run([owner, id](Transaction& transaction, Timestamp) -> Result<void> {
    if (transaction.ask("remove_key", owner, id).changed() == 0) return fail(ErrorCode::not_found, "API key not found");
    return {};
  });
}

}  // namespace orc::postgres
