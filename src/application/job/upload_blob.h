#pragma once

#include <string>

#include "domain/user/user.h"
#include "ports/blob_store.h"

namespace orc {

inline constexpr std::size_t blob_bytes_max = std::size_t{64} * 1024 * 1024;

// UploadBlob keeps a file that later inputs refer to as {"$blob": "sha256:..."}.
class UploadBlob {
 public:
  UploadBlob(BlobStore& blobs, BlobCatalog& catalog) : blobs_(blobs), catalog_(catalog) {}

  // Errors: invalid_argument, if the bytes do not have the hash, or are too many (bytes of another hash are not
  // recorded, and swept later); unavailable.
  Async<void> run(Principal who, ContentHash claimed, std::string bytes);

 private:
  BlobStore& blobs_;
  BlobCatalog& catalog_;
};

}  // namespace orc
