#pragma once

#include <string>
#include <string_view>

#include "adapters/crypto/hmac_sha256.h"
#include "domain/strong_id.h"

namespace orc {

// CallbackSecrets are what callbacks are signed with, as Standard Webhooks describes it (standardwebhooks.com, "Signature scheme"): one for
// each user, so that none can pass for another's jobs. They follow from SECRET_KEY: the same in all processes that share it, nowhere
// stored, and other ones once it is changed. Thread-safe.
class CallbackSecrets {
 public:
  // `secret_key` is SECRET_KEY; not empty.
  explicit CallbackSecrets(std::string_view secret_key) : key_(secret_key) {}

  // "whsec_" and 44 characters of base64, for the receiver. `user` 0 is the operator.
  std::string of(UserId user) const;

  // "v1," and the base64 of the HMAC-SHA256 of "id.timestamp.body".
  std::string signature(UserId user, std::string_view webhook_id, std::string_view timestamp, std::string_view body) const;

 private:
  HmacTag secret_of(UserId user) const;

  const HmacSha256 key_;
};

}  // namespace orc
