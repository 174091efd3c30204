#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "domain/payload.h"
#include "domain/strong_id.h"
#include "domain/time.h"
#include "ports/async.h"

namespace orc {

// BlobReader gives the bytes that a hash names. Thread-safe.
class BlobReader {
 public:
  virtual ~BlobReader() = default;

  // Errors: not_found; internal, if what is stored no longer has its hash; unavailable.
  virtual Async<std::string> get(ContentHash hash) = 0;
};

// BlobKeeper also takes bytes. Thread-safe.
class BlobKeeper : public BlobReader {
 public:
  // Durable when it returns. The same bytes again are no error, and count as new for BlobStore::older_than().
  // Errors: unavailable (disk full, for one).
  virtual Async<ContentHash> put(std::string bytes) = 0;
};

// BlobStore keeps immutable bytes under their SHA-256. Thread-safe.
// Every implementation passes tests/contract/blob_store_contract.h.
class BlobStore : public BlobKeeper {
 public:
  // All of `texts`, as put() does with each, where the store can in one go. Gives their hashes in the same order. After an error some may
  // be there. Borrows the bytes until it returns. Errors: as put().
  virtual Async<std::vector<ContentHash>> put_all(std::vector<std::string_view> texts) = 0;

  // Of the bytes that the hash names. Errors: not_found; unavailable.
  virtual Async<std::int64_t> size(ContentHash hash) = 0;

  // Up to `count` blobs that were last put before `cutoff`, from the one after `after` on in the order of their hashes (zeros: from the
  // first).
  virtual Async<std::vector<ContentHash>> older_than(Timestamp cutoff, ContentHash after, int count) = 0;

  // Removes a blob unless it was put again since `cutoff`. A missing one is no error.
  virtual Async<void> remove(ContentHash hash, Timestamp cutoff) = 0;
};

// BlobCatalog knows which blobs were uploaded by users, and which are referred to by any row. Thread-safe.
class BlobCatalog {
 public:
  virtual ~BlobCatalog() = default;

  // Notes an upload, after the bytes are durable. Again is no error, and counts as new for forget_unreferenced().
  virtual Async<void> record(ContentHash hash, std::int64_t bytes, UserId owner) = 0;

  // Those of `hashes` that were uploaded, by anybody. Who knows the hash has had the bytes.
  virtual Async<std::vector<ContentHash>> recorded(std::vector<ContentHash> hashes) = 0;

  // Those of `hashes` that no job, log, attempt or plugin version refers to, and whose upload, if there was one, is older than `cutoff`;
  // forgets their uploads.
  virtual Async<std::vector<ContentHash>> forget_unreferenced(std::vector<ContentHash> hashes, Timestamp cutoff) = 0;
};

}  // namespace orc
