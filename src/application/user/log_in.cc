#include "application/user/log_in.h"

namespace orc {

Async<LoggedIn> LogIn::run(std::string email, std::string password, std::string from) {
  // As it was typed: an older service may have taken addresses that would be refused today, and two that differ in their case.
  std::optional<User> user;
  auto found = co_await users_.by_email(trim_email(email));
  if (found) user = std::move(*found);
  if (!found && found.error().code != ErrorCode::not_found) co_return pass_on(found);

  std::optional<std::string> hash;
  if (user) hash = user->password_hash;
  auto right = co_await hasher_.verify(std::move(password), std::move(hash));
  if (!right) co_return pass_on(right);
  if (!*right || !user) {
    std::optional<UserId> target;
    if (user) target = user->id;
    if (auto noted = co_await note(target, std::move(from), false); !noted) co_return pass_on(noted);
    co_return fail(ErrorCode::unauthenticated, "Incorrect email or password");
  }
  if (!user->is_active) co_return fail(ErrorCode::permission_denied, "Inactive user");

  if (auto noted = co_await note(user->id, std::move(from), true); !noted) co_return pass_on(noted);
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now());
  const TokenClaims claims{.user = user->id, .expires_at = now + lifetime_, .issued_at = now, .epoch = user->epoch};
  co_return LoggedIn{.token = signer_.sign(claims), .expires_in = lifetime_};
}

Async<void> LogIn::note(std::optional<UserId> user, std::string from, bool succeeded) {
  AuditEntry entry{.actor = succeeded ? user : std::nullopt, .action = "user.login", .from = std::move(from), .succeeded = succeeded};
  entry.subject = user ? "user " + std::to_string(std::to_underlying(*user)) : "unknown e-mail";
  co_return co_await audit_.append(std::move(entry));
}

}  // namespace orc
