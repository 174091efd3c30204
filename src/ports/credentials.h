#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/payload.h"
#include "domain/strong_id.h"
#include "domain/time.h"
#include "ports/async.h"

namespace orc {

// PasswordHasher makes and checks password hashes, slowly and in a bounded pool off the caller's thread. Thread-safe.
// Errors of both: resource_exhausted, if too many wait.
class PasswordHasher {
 public:
  virtual ~PasswordHasher() = default;

  // bcrypt cost 12 in the $2b$ form (contract section 1); above 72 bytes $bcrypt-sha256$ (attacks.md, E2).
  virtual Async<std::string> hash(std::string password) = 0;

  // `hash` empty: nobody's; takes the same time and gives false.
  virtual Async<bool> verify(std::string password, std::optional<std::string> hash) = 0;
};

// What a token is good for.
enum class TokenUse : std::uint8_t {
  everything,       // a login
  plugin_registry,  // what an API asks a plugin registry elsewhere in the name of a user, and nothing else
};

// What a bearer token says (contract section 1).
struct TokenClaims {
  UserId user{};
  TokenUse use = TokenUse::everything;
  std::chrono::sys_seconds expires_at{};
  // Only in ours: when it was issued, and of which epoch of the user. A token without it counts as epoch 0.
  std::optional<std::chrono::sys_seconds> issued_at;
  std::int64_t epoch = 0;
};

// TokenSigner makes and checks JWTs, HS256 only. Thread-safe.
class TokenSigner {
 public:
  virtual ~TokenSigner() = default;

  virtual std::string sign(const TokenClaims& claims) = 0;

  // Checks form, signature, expiry and not-before against `now`, with at most 5 s of leeway.
  // Errors: unauthenticated.
  virtual Result<TokenClaims> verify(std::string_view token, Timestamp now) = 0;
};

// Digest makes SHA-256 hashes. Thread-safe.
class Digest {
 public:
  virtual ~Digest() = default;
  virtual ContentHash sha256(std::string_view bytes) = 0;
};

}  // namespace orc
