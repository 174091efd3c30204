#pragma once

#include <string_view>

#include "adapters/crypto/hmac_sha256.h"
#include "ports/credentials.h"
#include "ports/random_source.h"

namespace orc {

// JwtTokenSigner makes and checks JWTs (RFC 7519) signed with HS256 and one key; it knows no other algorithm. Thread-safe.
// It is stricter than the standard wherever two readers could disagree (attacks.md, J1 to J7): three parts of canonical base64url; a header
// with `alg` and perhaps `typ` and nothing else; each name once; `sub` the user's id in canonical decimal, `exp` an integer.
// A token for a plugin registry alone names it as its audience (`aud`); any other audience is refused.
// A token of the system replaced has `sub` and `exp` only and counts as epoch 0.
class JwtTokenSigner final : public TokenSigner {
 public:
  // A host whose clock runs ahead by so much may have set a token's not-before. Expiry is exact.
  static constexpr std::chrono::seconds leeway{5};
  static constexpr std::size_t token_bytes_max = 4096;

  // `key` has at least one byte; how good it must be is judged in secret_key.h. `random` makes each token's `jti`.
  JwtTokenSigner(std::string_view key, RandomSource& random) : hmac_(key), random_(random) {}

  std::string sign(const TokenClaims& claims) override;
  Result<TokenClaims> verify(std::string_view token, Timestamp now) override;

 private:
  const HmacSha256 hmac_;
  RandomSource& random_;
};

}  // namespace orc
