#include "application/user/delete_user.h"

namespace orc {

Async<void> DeleteUser::run(Actor actor, UserId id) {
  if (auto allowed = require_admin(actor); !allowed) co_return pass_on(allowed);
  if (actor.user() == id) co_return fail(ErrorCode::conflict, "You cannot delete your own account");
  if (auto erased = co_await users_.erase(id); !erased) co_return erased;
  AuditEntry entry{
      .actor = actor.user(), .action = "user.delete", .subject = "user " + std::to_string(std::to_underlying(id)), .from = actor.from};
  auto noted = co_await audit_.append(std::move(entry));
  co_await orphans_.after_removal();  // last, as it may take all the time that is left
  co_return noted;
}

}  // namespace orc
