#include "application/user/api_keys.h"

#include "application/user/authenticate.h"

namespace orc {
namespace {

constexpr std::size_t name_bytes_max = 100;
constexpr std::size_t secret_bytes = 24;        // 192 bits
constexpr std::size_t shown_prefix_length = 8;  // of the secret, enough to recognise and too little to guess the rest

Result<void> may_make(const Actor& actor, const std::string& name, const std::vector<Scope>& scopes) {
  if (actor.kind != Actor::Kind::account) return fail(ErrorCode::unauthenticated, "Not authenticated");
  if (name.empty() || name.size() > name_bytes_max) return fail(ErrorCode::invalid_argument, "name must have 1 to 100 bytes");
  if (scopes.empty()) return fail(ErrorCode::invalid_argument, "scopes must name at least one of read, submit, admin, worker");
  for (const Scope scope : scopes) {
    const bool needs_admin = scope == Scope::admin || scope == Scope::worker;
    const bool allowed = needs_admin ? actor.is_admin() : actor.principal.has(scope);
    if (!allowed) return fail(ErrorCode::permission_denied, "Insufficient permissions");
  }
  return {};
}

}  // namespace

Async<MadeApiKey> CreateApiKey::run(Actor actor, std::string name, std::vector<Scope> scopes) {
  if (auto allowed = may_make(actor, name, scopes); !allowed) co_return pass_on(allowed);
  MadeApiKey made{.key = {}, .secret = std::string(api_key_prefix) + random_.token(secret_bytes)};
  NewApiKey row{.name = std::move(name),
                .owner = actor.principal.user,
                .scopes = std::move(scopes),
                .secret = digest_.sha256(made.secret),
                .prefix = made.secret.substr(0, api_key_prefix.size() + shown_prefix_length)};
  auto key = co_await keys_.add(std::move(row));
  if (!key) co_return pass_on(key);
  made.key = std::move(*key);
  AuditEntry entry{.actor = actor.user(),
                   .action = "api_key.create",
                   .subject = "api key " + std::to_string(std::to_underlying(made.key.id)),
                   .from = actor.from};
  if (auto noted = co_await audit_.append(std::move(entry)); !noted) co_return pass_on(noted);
  co_return made;
}

Async<void> DeleteApiKey::run(Actor actor, ApiKeyId id) {
  if (actor.kind != Actor::Kind::account) co_return fail(ErrorCode::unauthenticated, "Not authenticated");
  if (auto erased = co_await keys_.erase(actor.principal.user, id); !erased) co_return pass_on(erased);
  AuditEntry entry{.actor = actor.user(),
                   .action = "api_key.delete",
                   .subject = "api key " + std::to_string(std::to_underlying(id)),
                   .from = actor.from};
  co_return co_await audit_.append(std::move(entry));
}

}  // namespace orc
