#pragma once

#include "adapters/postgres/readers.h"
#include "ports/blob_store.h"
#include "ports/clock.h"
#include "ports/credentials.h"

namespace orc::postgres {

// PostgresBlobStore keeps blobs as rows of the database that names them, so that every process on it has them, and a dump holds them
// (docs/decisions/blobs_in_postgres.md). Blobs that come together are written in one transaction; each is read piece by piece. Beside the
// bytes of the caller it holds a few pieces. Thread-safe. Borrows everything.
class PostgresBlobStore final : public BlobStore {
 public:
  static constexpr std::size_t piece_bytes = std::size_t{1} << 20;

  PostgresBlobStore(Readers& carriers, Clock& clock, Digest& digest) : carriers_(carriers), clock_(clock), digest_(digest) {}

  // Errors of all also: resource_exhausted, if too many wait.
  Async<ContentHash> put(std::string bytes) override;
  Async<std::vector<ContentHash>> put_all(std::vector<std::string_view> texts) override;
  Async<std::string> get(ContentHash hash) override;
  Async<std::int64_t> size(ContentHash hash) override;
  Async<std::vector<ContentHash>> older_than(Timestamp cutoff, ContentHash after, int count) override;
  Async<void> remove(ContentHash hash, Timestamp cutoff) override;

 private:
  struct Piece {
    std::size_t total = 0;  // of all pieces together
    std::string bytes;
  };

  Async<Piece> piece(ContentHash hash, std::size_t number);
  Result<std::vector<ContentHash>> store(Transaction& transaction, const std::vector<std::string_view>& texts);

  Readers& carriers_;
  Clock& clock_;
  Digest& digest_;
};

}  // namespace orc::postgres
