#include "application/user/change_user.h"

namespace orc {
namespace {

Result<void> may_change(const Actor& actor, UserId id, const UserChangeRequest& request) {
  if (actor.is_admin()) return {};
  const bool own = actor.user() == id;
  if (own && !request.is_active && !request.role) return {};
  return fail(ErrorCode::permission_denied, "Insufficient permissions");
}

}  // namespace

Async<User> ChangeUser::run(Actor actor, UserId id, UserChangeRequest request) {
  if (auto known = co_await users_.get(id); !known) co_return pass_on(known);
  if (auto allowed = may_change(actor, id, request); !allowed) co_return pass_on(allowed);

  UserChange change{.full_name = std::move(request.full_name), .is_active = request.is_active, .role = request.role};
  if (request.email) {
    auto email = normalise_email(*request.email);
    if (!email) co_return pass_on(email);
    change.email = std::move(*email);
  }
  if (request.password) {
    if (auto good = check_password(*request.password); !good) co_return pass_on(good);
    auto hash = co_await hasher_.hash(std::move(*request.password));
    if (!hash) co_return pass_on(hash);
    change.password_hash = std::move(*hash);
  }

  auto user = co_await users_.change(id, std::move(change));
  if (!user) co_return pass_on(user);
  AuditEntry entry{
      .actor = actor.user(), .action = "user.change", .subject = "user " + std::to_string(std::to_underlying(id)), .from = actor.from};
  if (auto noted = co_await audit_.append(std::move(entry)); !noted) co_return pass_on(noted);
  co_return user;
}

}  // namespace orc
