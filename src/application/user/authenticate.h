#pragma once

#include <string_view>

#include "ports/clock.h"
#include "ports/credentials.h"
#include "ports/user_store.h"

namespace orc {

inline constexpr std::string_view api_key_prefix = "orc_";

// Authenticate turns a bearer credential - a login's token or an API key - into who it is.
class Authenticate {
 public:
  // `operator_key`: the SHA-256 of the key in cli.json, which stands for whoever owns the data directory.
  Authenticate(UserStore& users, ApiKeyStore& keys, TokenSigner& signer, Clock& clock, Digest& digest, ContentHash operator_key)
      : users_(users), keys_(keys), signer_(signer), clock_(clock), digest_(digest), operator_key_(operator_key) {}

  // `use`: where it is presented; a login is good everywhere, a token for one use nowhere else.
  // Errors: unauthenticated ("Could not validate credentials"): forged, expired, for another use, of a user that is gone, inactive, or has
  // changed the password since; unavailable.
  Async<Principal> run(std::string_view bearer, TokenUse use);

 private:
  Async<Principal> by_token(std::string_view token, TokenUse use);
  Async<Principal> by_key(std::string_view key);

  UserStore& users_;
  ApiKeyStore& keys_;
  TokenSigner& signer_;
  Clock& clock_;
  Digest& digest_;
  const ContentHash operator_key_;
};

}  // namespace orc
