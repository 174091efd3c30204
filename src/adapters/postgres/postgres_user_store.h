#pragma once

#include "adapters/postgres/readers.h"
#include "adapters/postgres/writer.h"
#include "ports/user_store.h"

namespace orc::postgres {

// PostgresUserStore is a UserStore in a PostgreSQL database. Thread-safe. Borrows everything.
class PostgresUserStore final : public UserStore {
 public:
  PostgresUserStore(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}

  Async<User> add(NewUser user) override;
  Async<User> change(UserId id, UserChange change) override;
  Async<void> erase(UserId id) override;
  Async<User> get(UserId id) override;
  Async<User> by_email(std::string_view address) override;
  Async<UserPage> list(Page page) override;
  Async<std::int64_t> count_active() override;

 private:
  Writer& writer_;
  Readers& readers_;
};

// PostgresApiKeyStore is an ApiKeyStore in a PostgreSQL database. Thread-safe. Borrows everything.
class PostgresApiKeyStore final : public ApiKeyStore {
 public:
  PostgresApiKeyStore(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}

  Async<ApiKey> add(NewApiKey key) override;
  Async<ApiKey> by_secret(ContentHash secret) override;
  Async<std::vector<ApiKey>> list(UserId owner) override;
  Async<void> erase(UserId owner, ApiKeyId id) override;

 private:
  Writer& writer_;
  Readers& readers_;
};

}  // namespace orc::postgres
