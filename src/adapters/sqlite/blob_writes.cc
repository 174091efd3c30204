#include "adapters/sqlite/blob_writes.h"

namespace orc::sqlite {

std::vector<ContentHash> BlobWrites::forget_unreferenced(const std::vector<ContentHash>& hashes, Timestamp cutoff) {
  std::vector<ContentHash> unneeded;
  for (const ContentHash& hash : hashes) {
    if (is_needed_.any(hash, cutoff)) continue;
    forget_.execute(hash);
    unneeded.push_back(hash);
  }
  return unneeded;
}

}  // namespace orc::sqlite
