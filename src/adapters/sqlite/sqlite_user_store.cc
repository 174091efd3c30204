#include "adapters/sqlite/sqlite_user_store.h"

#include "domain/assert.h"

namespace orc::sqlite {

Async<User> SqliteUserStore::add(NewUser user) {
  return writer_.run([this, user = std::move(user)](Timestamp now) { return writes_.add(user, now); });
}

Async<User> SqliteUserStore::change(UserId id, UserChange change) {
  return writer_.run([this, id, change = std::move(change)](Timestamp) { return writes_.change(id, change); });
}

Async<void> SqliteUserStore::erase(UserId id) {
  return writer_.run([this, id](Timestamp) { return writes_.erase(id); });
}

Async<User> SqliteUserStore::get(UserId id) {
  co_return readers_.here([&](ReadSession& session) { return session.users.get(id); });
}

Async<User> SqliteUserStore::by_email(std::string_view address) {
  co_return readers_.here([&](ReadSession& session) { return session.users.by_email(address); });
}

Async<UserPage> SqliteUserStore::list(Page page) {
  ORC_ASSERT(page.skip >= 0 && page.limit >= 0 && page.limit <= page_limit_max);
  return readers_.elsewhere([page](ReadSession& session) -> Result<UserPage> { return session.users.list(page); });
}

Async<std::int64_t> SqliteUserStore::count_active() {
  return readers_.elsewhere([](ReadSession& session) -> Result<std::int64_t> { return session.users.count_active(); });
}

Async<ApiKey> SqliteApiKeyStore::add(NewApiKey key) {
  return writer_.run([this, key = std::move(key)](Timestamp now) { return writes_.add_key(key, now); });
}

Async<ApiKey> SqliteApiKeyStore::by_secret(ContentHash secret) {
  co_return readers_.here([&](ReadSession& session) { return session.users.key_by_secret(secret); });
}

Async<std::vector<ApiKey>> SqliteApiKeyStore::list(UserId owner) {
  return readers_.elsewhere([owner](ReadSession& session) -> Result<std::vector<ApiKey>> { return session.users.keys_of(owner); });
}

Async<void> SqliteApiKeyStore::erase(UserId owner, ApiKeyId id) {
  return writer_.run([this, owner, id](Timestamp) { return writes_.erase_key(owner, id); });
}

}  // namespace orc::sqlite
