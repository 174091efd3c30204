#pragma once

#include "ports/credentials.h"

namespace orc {

// FakePasswordHasher makes hashes that say what they are of, at once.
class FakePasswordHasher final : public PasswordHasher {
 public:
  Async<std::string> hash(std::string password) override;
  Async<bool> verify(std::string password, std::optional<std::string> hash) override;

  bool too_many_wait = false;  // both answer resource_exhausted
  int verified = 0;            // how often somebody's or nobody's password was checked
};

// FakeTokenSigner makes tokens that any eye can read and no stranger has reason to guess.
class FakeTokenSigner final : public TokenSigner {
 public:
  std::string sign(const TokenClaims& claims) override;
  Result<TokenClaims> verify(std::string_view token, Timestamp now) override;
};

// FakeDigest spreads a small hash over 32 bytes: equal bytes have equal hashes, others as good as never.
class FakeDigest final : public Digest {
 public:
  ContentHash sha256(std::string_view bytes) override;
};

}  // namespace orc
