#include "adapters/crypto/hmac_sha256.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include "domain/assert.h"

namespace orc {
namespace {

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

void HmacSha256::Free::operator()(evp_mac_ctx_st* context) const { EVP_MAC_CTX_free(context); }

HmacSha256::HmacSha256(std::string_view key) {
  ORC_ASSERT(!key.empty());
  EVP_MAC* hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  ORC_ASSERT(hmac != nullptr);
  keyed_.reset(EVP_MAC_CTX_new(hmac));
  EVP_MAC_free(hmac);
  ORC_ASSERT(keyed_ != nullptr);
  char digest[] = "SHA256";
  const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0), OSSL_PARAM_construct_end()};
  ORC_ASSERT(EVP_MAC_init(keyed_.get(), bytes_of(key), key.size(), params) == 1);
}

HmacTag HmacSha256::tag(std::string_view message) const {
  const Context context(EVP_MAC_CTX_dup(keyed_.get()));
  HmacTag tag;
  std::size_t size = 0;
  ORC_ASSERT(context != nullptr && EVP_MAC_update(context.get(), bytes_of(message), message.size()) == 1 &&
             EVP_MAC_final(context.get(), tag.data(), &size, tag.size()) == 1 && size == tag.size());
  return tag;
}

bool HmacSha256::matches(std::string_view message, std::string_view claimed) const {
  const HmacTag right = tag(message);
  return claimed.size() == right.size() && CRYPTO_memcmp(claimed.data(), right.data(), right.size()) == 0;
}

}  // namespace orc
