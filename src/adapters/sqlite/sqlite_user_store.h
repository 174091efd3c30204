#pragma once

#include "adapters/sqlite/readers.h"
#include "adapters/sqlite/user_writes.h"
#include "adapters/sqlite/writer.h"
#include "ports/user_store.h"

namespace orc::sqlite {

// SqliteUserStore is a UserStore in one SQLite file; list() runs on the readers' threads, other reads on the caller's. Thread-safe.
// Borrows everything.
class SqliteUserStore final : public UserStore {
 public:
  SqliteUserStore(Writer& writer, Readers& readers, UserWrites& writes) : writer_(writer), readers_(readers), writes_(writes) {}

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
  UserWrites& writes_;
};

// SqliteApiKeyStore is an ApiKeyStore in one SQLite file; reads run on the caller's thread. Thread-safe. Borrows everything.
class SqliteApiKeyStore final : public ApiKeyStore {
 public:
  SqliteApiKeyStore(Writer& writer, Readers& readers, UserWrites& writes) : writer_(writer), readers_(readers), writes_(writes) {}

  Async<ApiKey> add(NewApiKey key) override;
  Async<ApiKey> by_secret(ContentHash secret) override;
  Async<std::vector<ApiKey>> list(UserId owner) override;
  Async<void> erase(UserId owner, ApiKeyId id) override;

 private:
  Writer& writer_;
  Readers& readers_;
  UserWrites& writes_;
};

}  // namespace orc::sqlite
