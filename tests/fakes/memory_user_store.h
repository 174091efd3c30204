#pragma once

#include "ports/user_store.h"
#include "tests/fakes/memory_state.h"

namespace orc {

class MemoryUserStore final : public UserStore {
 public:
  explicit MemoryUserStore(MemoryState& state) : state_(state) {}

  Async<User> add(NewUser user) override;
  Async<User> change(UserId id, UserChange change) override;
  Async<void> erase(UserId id) override;
  Async<User> get(UserId id) override;
  Async<User> by_email(std::string_view address) override;
  Async<UserPage> list(Page page) override;
  Async<std::int64_t> count_active() override;

 private:
  Result<void> check_email_is_free(std::string_view email, std::optional<UserId> except) const;
  bool is_last_admin(UserId id) const;

  MemoryState& state_;
};

class MemoryApiKeyStore final : public ApiKeyStore {
 public:
  explicit MemoryApiKeyStore(MemoryState& state) : state_(state) {}

  Async<ApiKey> add(NewApiKey key) override;
  Async<ApiKey> by_secret(ContentHash secret) override;
  Async<std::vector<ApiKey>> list(UserId owner) override;
  Async<void> erase(UserId owner, ApiKeyId id) override;

 private:
  MemoryState& state_;
};

}  // namespace orc
