#include "adapters/postgres/postgres_blob_store.h"

#include <algorithm>
#include <map>

#include "domain/assert.h"

namespace orc::postgres {
namespace {

// What a server on a slow disk takes for each piece after the first; on top of what any question may take. One that is silent meanwhile is
// given up much earlier (Destination::silence_max).
constexpr std::chrono::milliseconds time_of_piece_max{500};

std::size_t pieces_of(std::size_t bytes) {
  return std::max<std::size_t>(1, (bytes + PostgresBlobStore::piece_bytes - 1) / PostgresBlobStore::piece_bytes);
}

}  // namespace

Async<ContentHash> PostgresBlobStore::put(std::string bytes) {
  auto hashes = co_await put_all({bytes});
  if (!hashes) co_return pass_on(hashes);
  co_return hashes->front();
}

Async<std::vector<ContentHash>> PostgresBlobStore::put_all(std::vector<std::string_view> texts) {
  std::size_t bytes = 0;
  for (const std::string_view text : texts) bytes += text.size();
  const auto longer = time_of_piece_max * (pieces_of(bytes) - 1);
  co_return co_await carriers_.change([this, &texts](Transaction& transaction) { return store(transaction, texts); }, longer);
}

// The rows come first because they are the locks, and in an order that is the same for everybody, so that nobody waits for who waits for
// them; nobody sees them before the pieces.
Result<std::vector<ContentHash>> PostgresBlobStore::store(Transaction& transaction, const std::vector<std::string_view>& texts) {
  std::vector<ContentHash> hashes;
  std::map<ContentHash, std::string_view> blobs;
  for (const std::string_view text : texts) {
    hashes.push_back(digest_.sha256(text));
    blobs.emplace(hashes.back(), text);
  }
  const Timestamp now = clock_.now();
  std::vector<std::size_t> places;
  for (const auto& [hash, text] : blobs) places.push_back(transaction.send("put_blob", hash, text.size(), now));
  transaction.exchange();
  std::vector<bool> are_new;
  for (const std::size_t place : places) are_new.push_back(transaction.answer(place)[0].boolean(0));

  std::size_t gathered = 0;
  auto is_new = are_new.begin();
  for (const auto& [hash, text] : blobs) {
    if (!*is_new++) continue;
    for (std::size_t number = 0; number < pieces_of(text.size()); ++number) {
      const std::string_view piece = text.substr(number * piece_bytes, piece_bytes);
      transaction.send("put_blob_piece", hash, number, Bytes{piece});
      if ((gathered += piece.size()) < piece_bytes) continue;
      transaction.exchange();
      gathered = 0;
    }
  }
  return hashes;
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
  const auto read = [hash, number](Reading& reading) -> Result<Piece> {
    const Rows found = reading.ask("blob_piece", hash, number);
    if (found.empty()) return fail(ErrorCode::not_found, "there is no blob " + to_hex(hash));
    return Piece{.total = found[0].as<std::size_t>(0), .bytes = found[0].text(1)};
  };
  return carriers_.run(read, number == 0 ? std::chrono::milliseconds{0} : time_of_piece_max);
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
