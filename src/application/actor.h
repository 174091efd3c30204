#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "domain/result.h"
#include "domain/user/user.h"

namespace orc {

// Who does something, for permission and for the audit log.
struct Actor {
  enum class Kind : std::uint8_t {
    anonymous,       // no credentials
    account,         // `principal` says which
    local_operator,  // whoever may reach the host's loopback registry or own the data directory (contract section 2)
  };
  Kind kind = Kind::anonymous;
  Principal principal;        // of an account
  std::string from;           // the peer's address
  bool is_elsewhere = false;  // nobody of an account: it is not on this host, or comes through a proxy that says so

  bool is_admin() const { return kind == Kind::local_operator || (kind == Kind::account && principal.is_admin()); }
  std::optional<UserId> user() const {
    return kind == Kind::account && !principal.is_operator() ? std::optional(principal.user) : std::nullopt;
  }
};

// Errors: unauthenticated, if anonymous; permission_denied ("Insufficient permissions"), if not an administrator.
Result<void> require_admin(const Actor& actor);

// For what goes beyond the sandbox, and so is not for whoever happens to reach a registry on loopback - as a run that has the host's
// network does. Errors: as above; permission_denied, if nobody has logged in, saying that an administrator must. `what`: "network host of
// …".
Result<void> require_known_admin(const Actor& actor, std::string_view what);

}  // namespace orc
