#pragma once

#include <optional>
#include <string>

#include "application/actor.h"
#include "ports/audit_log.h"
#include "ports/credentials.h"
#include "ports/user_store.h"

namespace orc {

enum class Registration : std::uint8_t {
  open,
  open_on_this_host,  // to who does not come through a proxy
  closed,
};

struct RegistrationRequest {
  std::string email;  // as typed
  std::string password;
  std::optional<std::string> full_name;
};

// RegisterUser makes an account. The first one of an empty store becomes an administrator.
class RegisterUser {
 public:
  RegisterUser(UserStore& users, PasswordHasher& hasher, AuditLog& audit, Registration registration)
      : users_(users), hasher_(hasher), audit_(audit), registration_(registration) {}

  // Whether `actor` may register anybody at all. Errors: permission_denied ("Registration is closed").
  Result<void> admit(const Actor& actor) const;

  // Errors: permission_denied ("Registration is closed") unless it is open to the actor or the actor is an administrator; invalid_argument
  // for a bad e-mail or password; conflict ("Email already registered"); resource_exhausted; unavailable.
  Async<User> run(Actor actor, RegistrationRequest request);

 private:
  UserStore& users_;
  PasswordHasher& hasher_;
  AuditLog& audit_;
  const Registration registration_;
};

}  // namespace orc
