#include "adapters/postgres/postgres_blob_store.h"

#include <algorithm>

#include "domain/assert.h"

namespace orc::postgres {
namespace {

// What a server on a slow disk takes for each piece after the first; on top of what any transaction may take.
constexpr std::chrono::milliseconds time_of_piece_max{500};

std::size_t pieces_of(std::size_t bytes) {
  return std::max<std::size_t>(1, (bytes + PostgresBlobStore::piece_bytes - 1) / PostgresBlobStore::piece_bytes);
}

}  // namespace

Async<ContentHash> PostgresBlobStore::put(std::string bytes) {
  const auto longer = time_of_piece_max * (pieces_of(bytes.size()) - 1);
  const auto change = [this, &bytes](Transaction& transaction) -> Result<ContentHash> {
    return store(transaction, digest_.sha256(bytes), bytes, clock_.now());
  };
  co_return co_await carriers_.change(change, longer);
}

// The row comes first because it is the lock; nobody sees it before the pieces.
Result<ContentHash> PostgresBlobStore::store(Transaction& transaction, ContentHash hash, std::string_view bytes, Timestamp now) {
  const bool is_new = transaction.ask("put_blob", hash, bytes.size(), now)[0].boolean(0);
  if (!is_new) return hash;
  for (std::size_t number = 0; number < pieces_of(bytes.size()); ++number)
    transaction.ask("put_blob_piece", hash, number, Bytes{bytes.substr(number * piece_bytes, piece_bytes)});
  return hash;
}

// A blob that is removed between two pieces is not there; one that came again has the same bytes.
Async<std::string> PostgresBlobStore::get(ContentHash hash) {
  auto first = co_await piece(hash, 0);
  if (!first) co_return pass_on(first);
  std::string bytes = std::move(first->bytes);
  for (std::size_t number = 1; number < pieces_of(first->total); ++number) {
    auto next = co_await piece(hash, number);
    if (!next) co_return pass_on(next);
    if (number == 1) bytes.reserve(first->total);
    bytes += next->bytes;
  }
  co_return co_await carriers_.offload([&]() -> Result<std::string> {
    if (digest_.sha256(bytes) != hash)
      return fail(ErrorCode::internal, "blob " + to_hex(hash) + " is damaged: its bytes no longer have this hash");
    return std::move(bytes);
  });
}

Async<PostgresBlobStore::Piece> PostgresBlobStore::piece(ContentHash hash, std::size_t number) {
  return carriers_.run([hash, number](Reading& reading) -> Result<Piece> {
    const Rows found = reading.ask("blob_piece", hash, number);
    if (found.empty()) return fail(ErrorCode::not_found, "there is no blob " + to_hex(hash));
    return Piece{.total = found[0].as<std::size_t>(0), .bytes = found[0].text(1)};
  });
}

Async<std::int64_t> PostgresBlobStore::size(ContentHash hash) {
  return carriers_.run([hash](Reading& reading) -> Result<std::int64_t> {
    const Rows found = reading.ask("blob_bytes", hash);
    if (found.empty()) return fail(ErrorCode::not_found, "there is no blob " + to_hex(hash));
    return found[0].integer(0);
  });
}

Async<std::vector<ContentHash>> PostgresBlobStore::older_than(Timestamp cutoff, ContentHash after, int count) {
  return carriers_.run([=](Reading& reading) -> Result<std::vector<ContentHash>> {
    std::vector<ContentHash> hashes;
    for (const Row row : reading.ask("old_blobs", cutoff, after, count)) hashes.push_back(row.hash(0));
    return hashes;
  });
}

Async<void> PostgresBlobStore::remove(ContentHash hash, Timestamp cutoff) {
  const auto change = [=](Transaction& transaction) -> Result<void> {
    transaction.send("remove_stored_blob", hash, cutoff);
    return {};
  };
  return carriers_.change(change, {});
}

}  // namespace orc::postgres
