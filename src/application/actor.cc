#include "application/actor.h"

namespace orc {

Result<void> require_admin(const Actor& actor) {
  if (actor.kind == Actor::Kind::anonymous) return fail(ErrorCode::unauthenticated, "Not authenticated");
  if (!actor.is_admin()) return fail(ErrorCode::permission_denied, "Insufficient permissions");
  return {};
}

Result<void> require_known_admin(const Actor& actor, std::string_view what) {
  if (auto allowed = require_admin(actor); !allowed) return allowed;
  if (actor.kind == Actor::Kind::account) return {};
  return fail(ErrorCode::permission_denied,
              std::string(what) + " must be permitted by an administrator: send it with an administrator's login or API key");
}

}  // namespace orc
