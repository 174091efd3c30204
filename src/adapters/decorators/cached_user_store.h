#pragma once

#include "adapters/decorators/read_cache.h"
#include "ports/user_store.h"

namespace orc {

// CachedUserStore answers get() from memory, so that a request with a token costs no read of the database. Everything else passes through.
// Exact while all changes of users go through it, which they do in the one process that owns the data directory. Thread-safe.
class CachedUserStore final : public UserStore {
 public:
  static constexpr std::size_t users_max = 10'000;  // then it starts anew

  explicit CachedUserStore(UserStore& store) : store_(store) {}

  Async<User> add(NewUser user) override { return store_.add(std::move(user)); }
  Async<User> change(UserId id, UserChange change) override;
  Async<void> erase(UserId id) override;
  Async<User> get(UserId id) override;
  Async<User> by_email(std::string_view normalised) override { return store_.by_email(normalised); }
  Async<UserPage> list(Page page) override { return store_.list(page); }
  Async<std::int64_t> count_active() override { return store_.count_active(); }

 private:
  UserStore& store_;
  ReadCache<UserId, User> cache_{users_max};
};

}  // namespace orc
