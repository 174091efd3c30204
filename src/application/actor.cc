#include "application/actor.h"

namespace orc {

Result<void> require_admin(const Actor& actor) {
  if (actor.kind == Actor::Kind::anonymous) return fail(ErrorCode::unauthenticated, "Not authenticated");
  if (!actor.is_admin()) return fail(ErrorCode::permission_denied, "Insufficient permissions");
  return {};
}

}  // namespace orc
