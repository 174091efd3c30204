#pragma once

#include "adapters/decorators/account_cache.h"
#include "ports/user_store.h"

namespace orc {

// CachedUserStore answers get() from memory, so that a request with a token costs no read of the database. Everything else passes through.
// Exact while all changes of users in this process go through one with the same cache, and those of others are told to the cache.
// Thread-safe.
class CachedUserStore final : public UserStore {
 public:
  // Both must outlive it.
  CachedUserStore(UserStore& store, AccountCache& cache) : store_(store), cache_(cache) {}

  Async<User> add(NewUser user) override { return store_.add(std::move(user)); }
  Async<User> change(UserId id, UserChange change) override;
  Async<void> erase(UserId id) override;
  Async<User> get(UserId id) override;
  Async<User> by_email(std::string_view address) override { return store_.by_email(address); }
  Async<UserPage> list(Page page) override { return store_.list(page); }
  Async<std::int64_t> count_active() override { return store_.count_active(); }

 private:
  UserStore& store_;
  AccountCache& cache_;
};

}  // namespace orc
