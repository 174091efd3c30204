#pragma once

#include <functional>
#include <map>

#include "ports/blob_store.h"
#include "ports/credentials.h"
#include "tests/fakes/memory_state.h"

namespace orc {

class MemoryBlobStore final : public BlobStore {
 public:
  MemoryBlobStore(MemoryState& state, Digest& digest) : state_(state), digest_(digest) {}

  Async<ContentHash> put(std::string bytes) override;
  Async<std::vector<ContentHash>> put_all(std::vector<std::string_view> texts) override;
  Async<std::string> get(ContentHash hash) override;
  Async<std::int64_t> size(ContentHash hash) override;
  Async<std::vector<ContentHash>> older_than(Timestamp cutoff, ContentHash after, int count) override;
  Async<void> remove(ContentHash hash, Timestamp cutoff) override;

  // A test's doing: what is stored loses its last byte.
  void damage(ContentHash hash);
  // A test's doing: called whenever something is to be stored.
  std::function<void()> when_put;
  // Likewise whenever something is asked for.
  std::function<void()> when_got;
  bool holds(ContentHash hash) const { return blobs_.contains(hash); }
  int puts() const { return puts_; }  // calls of put() and put_all()

 private:
  Async<void> begins() const;

  struct Blob {
    std::string bytes;
    Timestamp put_at{};
  };
  MemoryState& state_;
  Digest& digest_;
  std::map<ContentHash, Blob> blobs_;
  int puts_ = 0;
};

class MemoryBlobCatalog final : public BlobCatalog {
 public:
  explicit MemoryBlobCatalog(MemoryState& state) : state_(state) {}

  Async<void> record(ContentHash hash, std::int64_t bytes, UserId owner) override;
  Async<std::vector<ContentHash>> recorded(std::vector<ContentHash> hashes) override;
  Async<std::vector<ContentHash>> forget_unreferenced(std::vector<ContentHash> hashes, Timestamp cutoff) override;

 private:
  bool is_referenced(const ContentHash& hash) const;

  MemoryState& state_;
};

}  // namespace orc
