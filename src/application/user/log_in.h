#pragma once

#include <chrono>
#include <string>

#include "ports/audit_log.h"
#include "ports/clock.h"
#include "ports/credentials.h"
#include "ports/user_store.h"

namespace orc {

struct LoggedIn {
  std::string token;
  std::chrono::seconds expires_in{};
};

// LogIn gives a bearer token for an e-mail and a password.
class LogIn {
 public:
  LogIn(UserStore& users, PasswordHasher& hasher, TokenSigner& signer, Clock& clock, AuditLog& audit, std::chrono::seconds lifetime)
      : users_(users), hasher_(hasher), signer_(signer), clock_(clock), audit_(audit), lifetime_(lifetime) {}

  // An unknown e-mail takes as long as a wrong password and gives the same answer.
  // Errors: unauthenticated ("Incorrect email or password"); permission_denied ("Inactive user"), only after the right password;
  // resource_exhausted; unavailable.
  Async<LoggedIn> run(std::string email, std::string password, std::string from);

 private:
  Async<void> note(std::optional<UserId> user, std::string from, bool succeeded);

  UserStore& users_;
  PasswordHasher& hasher_;
  TokenSigner& signer_;
  Clock& clock_;
  AuditLog& audit_;
  const std::chrono::seconds lifetime_;
};

}  // namespace orc
