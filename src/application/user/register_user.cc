#include "application/user/register_user.h"

namespace orc {

Result<void> RegisterUser::admit(const Actor& actor) const {
  const bool is_open = registration_ == Registration::open || (registration_ == Registration::open_on_this_host && !actor.is_elsewhere);
  if (!is_open && !actor.is_admin()) return fail(ErrorCode::permission_denied, "Registration is closed");
  return {};
}

Async<User> RegisterUser::run(Actor actor, RegistrationRequest request) {
  if (auto admitted = admit(actor); !admitted) co_return pass_on(admitted);
  auto email = normalise_email(request.email);
  if (!email) co_return pass_on(email);
  if (auto good = check_password(request.password); !good) co_return pass_on(good);

  // Before the costly hash, so that a flood of known addresses costs little; the store decides again, for good.
  if (auto known = co_await users_.by_email(*email); known) co_return fail(ErrorCode::conflict, "Email already registered");

  auto hash = co_await hasher_.hash(std::move(request.password));
  if (!hash) co_return pass_on(hash);
  NewUser account{.email = *email, .full_name = std::move(request.full_name), .password_hash = std::move(*hash)};
  auto user = co_await users_.add(std::move(account));
  if (!user && user.error().code == ErrorCode::conflict) co_return fail(ErrorCode::conflict, "Email already registered");
  if (!user) co_return pass_on(user);

  AuditEntry entry{.actor = actor.user(),
                   .action = "user.register",
                   .subject = "user " + std::to_string(std::to_underlying(user->id)),
                   .from = actor.from};
  if (auto noted = co_await audit_.append(std::move(entry)); !noted) co_return pass_on(noted);
  co_return user;
}

}  // namespace orc
