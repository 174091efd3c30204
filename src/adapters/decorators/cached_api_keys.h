#pragma once

#include "adapters/decorators/account_cache.h"
#include "ports/user_store.h"

namespace orc {

// CachedApiKeyStore answers by_secret() from memory, so that a request with a key costs no read of the database: a worker elsewhere makes
// hundreds a second. Everything else passes through. A secret that nobody knows is not remembered. Exact while all changes of users and
// keys in this process go through stores with the same cache, and those of others are told to the cache. Thread-safe.
class CachedApiKeyStore final : public ApiKeyStore {
 public:
  // Both must outlive it.
  CachedApiKeyStore(ApiKeyStore& store, AccountCache& cache) : store_(store), cache_(cache) {}

  Async<ApiKey> add(NewApiKey key) override { return store_.add(std::move(key)); }
  Async<ApiKey> by_secret(ContentHash secret) override;
  Async<std::vector<ApiKey>> list(UserId owner) override { return store_.list(owner); }
  Async<void> erase(UserId owner, ApiKeyId id) override;

 private:
  ApiKeyStore& store_;
  AccountCache& cache_;
};

}  // namespace orc
