#pragma once

#include <vector>

#include "adapters/sqlite/statement_catalog.h"
#include "ports/blob_store.h"

namespace orc::sqlite {

// BlobWrites changes what is known of blobs; each method as in BlobCatalog. Writer's thread only.
class BlobWrites {
 public:
  BlobWrites(Connection& connection, const StatementCatalog& catalog)
      : record_(catalog.prepare(connection, "record_blob")),
        is_needed_(catalog.prepare(connection, "blob_is_needed")),
        forget_(catalog.prepare(connection, "forget_blob")) {}

  void record(const ContentHash& hash, std::int64_t bytes, UserId owner, Timestamp now) { record_.execute(hash, bytes, owner, now); }
  std::vector<ContentHash> forget_unreferenced(const std::vector<ContentHash>& hashes, Timestamp cutoff);

 private:
  Statement record_;
  Statement is_needed_;
  Statement forget_;
};

}  // namespace orc::sqlite
