#pragma once

#include <filesystem>
#include <memory>

#include "adapters/blob_store/blob_folder.h"
#include "adapters/system/work_pool.h"
#include "ports/blob_store.h"
#include "ports/clock.h"
#include "ports/credentials.h"

namespace orc {

// DirectoryBlobStore is the BlobStore in a folder of files (see BlobFolder). Files and hashes are worked on in `files`, off the caller's
// thread. Beyond the port, every method: resource_exhausted, if too much waits there.
class DirectoryBlobStore final : public BlobStore {
 public:
  // Blocks. What is passed by reference outlives the store.
  // Errors: unavailable.
  static Result<std::unique_ptr<DirectoryBlobStore>> open(std::filesystem::path root, WorkPool& files, Clock& clock, Digest& digest);

  DirectoryBlobStore(std::unique_ptr<BlobFolder> folder, WorkPool& files, Clock& clock, Digest& digest)
      : folder_(std::move(folder)), files_(files), clock_(clock), digest_(digest) {}

  Async<ContentHash> put(std::string bytes) override;
  Async<std::vector<ContentHash>> put_all(std::vector<std::string_view> texts) override;
  Async<std::string> get(ContentHash hash) override;
  Async<std::int64_t> size(ContentHash hash) override;
  Async<std::vector<ContentHash>> older_than(Timestamp cutoff, ContentHash after, int count) override;
  Async<void> remove(ContentHash hash, Timestamp cutoff) override;

 private:
  const std::unique_ptr<BlobFolder> folder_;
  WorkPool& files_;
  Clock& clock_;
  Digest& digest_;
};

}  // namespace orc
