#pragma once

#include "adapters/sqlite/live_references.h"
#include "adapters/sqlite/statement_catalog.h"
#include "adapters/sqlite/user_queries.h"

namespace orc::sqlite {

// UserWrites changes accounts and API keys; each method as in UserStore and ApiKeyStore. Writer's thread only.
class UserWrites {
 public:
  UserWrites(Connection& connection, const StatementCatalog& catalog, LiveReferences& live);

  Result<User> add(const NewUser& user, Timestamp now);
  Result<User> change(UserId id, const UserChange& change);
  Result<void> erase(UserId id);

  Result<ApiKey> add_key(const NewApiKey& key, Timestamp now);
  Result<void> erase_key(UserId owner, ApiKeyId id);

 private:
  bool is_last_active_admin(const User& user);

  UserQueries queries_;
  LiveReferences& live_;
  Statement other_active_admin_;
  Statement add_;
  Statement write_;
  Statement remove_;
  Statement note_former_;
  Statement note_with_orphans_;
  Statement remove_keys_of_;
  Statement add_key_;
  Statement remove_key_;
};

}  // namespace orc::sqlite
