#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "domain/user/user.h"
#include "ports/async.h"
#include "ports/job_reader.h"

namespace orc {

struct UserPage {
  std::int64_t total = 0;
  std::vector<User> items;  // by rising id
};

// UserStore keeps accounts. Thread-safe; each change is one durable transaction, each read sees everything committed before it.
// Every method: unavailable, if the store is away. Every implementation passes tests/contract/user_store_contract.cc.
class UserStore {
 public:
  virtual ~UserStore() = default;

  // The first user of an empty store becomes an administrator, whatever `role` says (contract section 10).
  // Errors: conflict, if the e-mail is taken.
  virtual Async<User> add(NewUser user) = 0;

  // Errors: not_found; conflict, if the e-mail is taken, or if the change would leave no active administrator.
  virtual Async<User> change(UserId id, UserChange change) = 0;

  // Removes the account and its API keys, and leaves its jobs without an owner. However many jobs it has, this is short: from now on none
  // of the unfinished ones is claimed, and JobStore::end_orphans() cancels them. Ids are never given twice, here and in every store: an old
  // token must not come to mean a new user.
  // Errors: not_found; conflict, if it is the last active administrator.
  virtual Async<void> erase(UserId id) = 0;

  // Errors: not_found ("User not found").
  virtual Async<User> get(UserId id) = 0;
  // `address` as somebody typed it: the account whose address reads just so, else one that differs in the case of ASCII letters only. There
  // may be several where an older service made them; then that in small letters, else the oldest. Errors: not_found.
  virtual Async<User> by_email(std::string_view address) = 0;

  virtual Async<UserPage> list(Page page) = 0;

  // Users that are active, for the overview.
  virtual Async<std::int64_t> count_active() = 0;
};

// ApiKeyStore keeps keys by the SHA-256 of their secret. Thread-safe; each change is one durable transaction.
// Every implementation passes tests/contract/user_store_contract.cc.
class ApiKeyStore {
 public:
  virtual ~ApiKeyStore() = default;

  // Errors: not_found, if the owner is gone; conflict, if the secret is known already.
  virtual Async<ApiKey> add(NewApiKey key) = 0;

  // Errors: not_found.
  virtual Async<ApiKey> by_secret(ContentHash secret) = 0;

  // By rising id.
  virtual Async<std::vector<ApiKey>> list(UserId owner) = 0;

  // Errors: not_found, if there is no such key of this owner.
  virtual Async<void> erase(UserId owner, ApiKeyId id) = 0;
};

}  // namespace orc
