#include "adapters/crypto/sha256_digest.h"

#include <openssl/sha.h>

namespace orc {

ContentHash Sha256Digest::sha256(std::string_view bytes) {
  ContentHash hash;
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), hash.bytes.data());
  return hash;
}

}  // namespace orc
