#pragma once

#include <string_view>
#include <vector>

#include "adapters/sqlite/statement_catalog.h"
#include "ports/user_store.h"

namespace orc::sqlite {

// UserQueries reads accounts and API keys over one connection, the writer's or a reader's; used by the thread whose turn it is. Throws
// StorageFault. Each method as in UserStore and ApiKeyStore.
class UserQueries {
 public:
  UserQueries(Connection& connection, const StatementCatalog& catalog);

  Result<User> get(UserId id);
  Result<User> by_email(std::string_view address);
  UserPage list(Page page);
  std::int64_t count_active();

  Result<ApiKey> key_by_secret(const ContentHash& secret);
  std::vector<ApiKey> keys_of(UserId owner);

 private:
  Statement by_id_;
  Statement by_email_;
  Statement page_;
  Statement count_;
  Statement count_active_;
  Statement key_by_secret_;
  Statement keys_of_;
};

}  // namespace orc::sqlite
