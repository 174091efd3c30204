#pragma once

#include "adapters/decorators/read_cache.h"
#include "domain/payload.h"
#include "domain/user/user.h"

namespace orc {

// What CachedUserStore and CachedApiKeyStore remember. Made once, given to both, since a removed user takes its keys along.
struct AccountCache {
  static constexpr std::size_t entries_max = 10'000;  // of each; then it starts anew

  // `trust` must outlive it.
  explicit AccountCache(const CacheTrust& trust) : users(entries_max, trust), keys(entries_max, trust) {}

  // Somebody else changed or removed a user or a key.
  void forget() {
    users.forget();
    keys.forget();
  }

  ReadCache<UserId, User> users;
  ReadCache<ContentHash, ApiKey> keys;  // by secret
};

}  // namespace orc
