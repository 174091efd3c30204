#include "adapters/decorators/cached_user_store.h"

namespace orc {

Async<User> CachedUserStore::change(UserId id, UserChange change) {
  const decltype(AccountCache::users)::Change changing(cache_.users);
  co_return co_await store_.change(id, std::move(change));
}

Async<void> CachedUserStore::erase(UserId id) {
  const decltype(AccountCache::users)::Change changing(cache_.users);
  const decltype(AccountCache::keys)::Change changing_keys(cache_.keys);
  co_return co_await store_.erase(id);
}

Async<User> CachedUserStore::get(UserId id) {
  if (auto known = cache_.users.find(id)) co_return std::move(*known);
  const auto before = cache_.users.ticket();
  auto user = co_await store_.get(id);
  if (user) cache_.users.put(id, *user, 1, before);
  co_return user;
}

}  // namespace orc
