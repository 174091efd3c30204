#pragma once

#include <optional>
#include <string>

#include "application/actor.h"
#include "ports/audit_log.h"
#include "ports/credentials.h"
#include "ports/user_store.h"

namespace orc {

// What somebody asks to change; empty fields stay as they are.
struct UserChangeRequest {
  std::optional<std::string> email;                     // as typed
  std::optional<std::optional<std::string>> full_name;  // the inner one empty: none from now on
  std::optional<std::string> password;
  std::optional<bool> is_active;  // administrators only
  std::optional<Role> role;       // administrators only
};

// ChangeUser changes one's own account, or anybody's as an administrator. A new password ends every earlier token.
class ChangeUser {
 public:
  ChangeUser(UserStore& users, PasswordHasher& hasher, AuditLog& audit) : users_(users), hasher_(hasher), audit_(audit) {}

  // Errors: not_found; permission_denied ("Insufficient permissions"); invalid_argument for a bad e-mail or password; conflict, if the
  // e-mail is taken ("Email already registered") or no active administrator would be left; resource_exhausted; unavailable.
  Async<User> run(Actor actor, UserId id, UserChangeRequest request);

 private:
  UserStore& users_;
  PasswordHasher& hasher_;
  AuditLog& audit_;
};

}  // namespace orc
