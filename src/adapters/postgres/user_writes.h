#pragma once

#include "adapters/postgres/transaction.h"
#include "ports/user_store.h"

namespace orc::postgres {

// Changes of accounts, each as in UserStore. They run one at a time in all processes.
Result<User> add_user(Transaction& transaction, const NewUser& user, Timestamp now);
Result<User> change_user(Transaction& transaction, UserId id, const UserChange& change);
Result<void> erase_user(Transaction& transaction, UserId id);

}  // namespace orc::postgres
