#include "adapters/decorators/cached_api_keys.h"

namespace orc {

Async<ApiKey> CachedApiKeyStore::by_secret(ContentHash secret) {
  if (auto known = cache_.keys.find(secret)) co_return std::move(*known);
  const auto before = cache_.keys.ticket();
  auto key = co_await store_.by_secret(secret);
  if (key) cache_.keys.put(secret, *key, 1, before);
  co_return key;
}

Async<void> CachedApiKeyStore::erase(UserId owner, ApiKeyId id) {
  const decltype(AccountCache::keys)::Change changing(cache_.keys);
  co_return co_await store_.erase(owner, id);
}

}  // namespace orc
