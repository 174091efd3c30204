#include "application/user/authenticate.h"

namespace orc {
namespace {

std::unexpected<Error> not_valid() { return fail(ErrorCode::unauthenticated, "Could not validate credentials"); }

// Who is gone is nobody; a store that is away is not the caller's fault.
std::unexpected<Error> not_found_means_not_valid(Error error) {
  if (error.code == ErrorCode::not_found) return not_valid();
  return std::unexpected(std::move(error));
}

}  // namespace

Async<Principal> Authenticate::run(std::string_view bearer, TokenUse use) {
  if (bearer.starts_with(api_key_prefix)) return by_key(bearer);
  return by_token(bearer, use);
}

Async<Principal> Authenticate::by_token(std::string_view token, TokenUse use) {
  const auto claims = signer_.verify(token, clock_.now());
  if (!claims || (claims->use != TokenUse::everything && claims->use != use)) co_return not_valid();
  auto user = co_await users_.get(claims->user);
  if (!user) co_return not_found_means_not_valid(std::move(user).error());
  if (!user->is_active || user->epoch != claims->epoch) co_return not_valid();
  co_return Principal{.user = user->id, .role = user->role};
}

Async<Principal> Authenticate::by_key(std::string_view key) {
  const ContentHash secret = digest_.sha256(key);
  if (secret == operator_key_) {
    // Also a worker on the server's own host may use it.
    Principal who = Principal::local_operator();
    who.scopes.push_back(Scope::worker);
    co_return who;
  }
  auto known = co_await keys_.by_secret(secret);
  if (!known) co_return not_found_means_not_valid(std::move(known).error());
  auto user = co_await users_.get(known->owner);
  if (!user) co_return not_found_means_not_valid(std::move(user).error());
  if (!user->is_active) co_return not_valid();
  co_return Principal{.user = user->id, .role = user->role, .scopes = std::move(known->scopes)};
}

}  // namespace orc
