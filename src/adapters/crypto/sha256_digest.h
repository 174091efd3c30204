#pragma once

#include "ports/credentials.h"

namespace orc {

// Sha256Digest is OpenSSL's SHA-256. Thread-safe.
class Sha256Digest final : public Digest {
 public:
  ContentHash sha256(std::string_view bytes) override;
};

}  // namespace orc
