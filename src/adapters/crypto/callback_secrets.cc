#include "adapters/crypto/callback_secrets.h"

#include <utility>

#include "adapters/crypto/base64.h"

namespace orc {
namespace {

std::string_view view_of(const HmacTag& tag) { return {reinterpret_cast<const char*>(tag.data()), tag.size()}; }

}  // namespace

// No token that the same key signs begins so: those are base64url and points.
HmacTag CallbackSecrets::secret_of(UserId user) const {
  return key_.tag("secret for callbacks of user " + std::to_string(std::to_underlying(user)));
}

std::string CallbackSecrets::of(UserId user) const { return "whsec_" + base64(view_of(secret_of(user))); }

std::string CallbackSecrets::signature(UserId user, std::string_view webhook_id, std::string_view timestamp, std::string_view body) const {
  const HmacTag secret = secret_of(user);
  std::string content(webhook_id);
  content.append(".").append(timestamp).append(".").append(body);
  return "v1," + base64(view_of(HmacSha256(view_of(secret)).tag(content)));
}

}  // namespace orc
