#include "tests/fakes/memory_blobs.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace orc {

Async<void> MemoryBlobStore::begins() const {
  co_await boost::asio::post(boost::asio::use_awaitable);
  if (state_.faults.blobs_fail) co_return fail(ErrorCode::unavailable, "the blob store is away: a test says so");
  co_return Result<void>{};
}

Async<ContentHash> MemoryBlobStore::put(std::string bytes) {
  ++puts_;
  if (auto begun = co_await begins(); !begun) co_return pass_on(begun);
  if (when_put) when_put();
  const ContentHash hash = digest_.sha256(bytes);
  blobs_[hash] = {.bytes = std::move(bytes), .put_at = state_.clock.now()};
  co_return hash;
}

Async<std::vector<ContentHash>> MemoryBlobStore::put_all(std::vector<std::string_view> texts) {
  ++puts_;
  if (auto begun = co_await begins(); !begun) co_return pass_on(begun);
  std::vector<ContentHash> hashes;
  for (const std::string_view text : texts) {
    hashes.push_back(digest_.sha256(text));
    blobs_[hashes.back()] = {.bytes = std::string(text), .put_at = state_.clock.now()};
  }
  co_return hashes;
}

Async<std::string> MemoryBlobStore::get(ContentHash hash) {
  if (auto begun = co_await begins(); !begun) co_return pass_on(begun);
  if (when_got) when_got();
  const auto found = blobs_.find(hash);
  if (found == blobs_.end()) co_return fail(ErrorCode::not_found, "there is no blob " + to_hex(hash));
  if (digest_.sha256(found->second.bytes) != hash) co_return fail(ErrorCode::internal, "blob " + to_hex(hash) + " is damaged");
  co_return found->second.bytes;
}

Async<std::int64_t> MemoryBlobStore::size(ContentHash hash) {
  if (auto begun = co_await begins(); !begun) co_return pass_on(begun);
  const auto found = blobs_.find(hash);
  if (found == blobs_.end()) co_return fail(ErrorCode::not_found, "there is no blob " + to_hex(hash));
  co_return std::ssize(found->second.bytes);
}

Async<std::vector<ContentHash>> MemoryBlobStore::older_than(Timestamp cutoff, ContentHash after, int count) {
  if (auto begun = co_await begins(); !begun) co_return pass_on(begun);
  std::vector<ContentHash> old;
  for (auto i = blobs_.upper_bound(after); i != blobs_.end() && std::ssize(old) < count; ++i)
    if (i->second.put_at < cutoff) old.push_back(i->first);
  co_return old;
}

Async<void> MemoryBlobStore::remove(ContentHash hash, Timestamp cutoff) {
  if (auto begun = co_await begins(); !begun) co_return pass_on(begun);
  const auto found = blobs_.find(hash);
  if (found != blobs_.end() && found->second.put_at < cutoff) blobs_.erase(found);
  co_return Result<void>{};
}

void MemoryBlobStore::damage(ContentHash hash) { blobs_.at(hash).bytes.pop_back(); }

Async<void> MemoryBlobCatalog::record(ContentHash hash, std::int64_t, UserId) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  state_.uploads[hash] = state_.clock.now();
  co_return Result<void>{};
}

Async<std::vector<ContentHash>> MemoryBlobCatalog::recorded(std::vector<ContentHash> hashes) {
  if (auto begun = co_await state_.read_begins(); !begun) co_return pass_on(begun);
  std::erase_if(hashes, [&](const ContentHash& hash) { return !state_.uploads.contains(hash); });
  co_return hashes;
}

Async<std::vector<ContentHash>> MemoryBlobCatalog::forget_unreferenced(std::vector<ContentHash> hashes, Timestamp cutoff) {
  if (auto begun = co_await state_.change_begins(); !begun) co_return pass_on(begun);
  std::erase_if(hashes, [&](const ContentHash& hash) {
    const auto upload = state_.uploads.find(hash);
    return is_referenced(hash) || (upload != state_.uploads.end() && upload->second >= cutoff);
  });
  for (const ContentHash& hash : hashes) state_.uploads.erase(hash);
  co_return hashes;
}

bool MemoryBlobCatalog::is_referenced(const ContentHash& hash) const {
  const bool by_job = std::ranges::any_of(state_.jobs, [&](const auto& known) {
    const MemoryJob& row = known.second;
    return row.job.input.blob == hash || (row.job.result && row.job.result->blob == hash) ||
           std::ranges::find(row.blobs, hash) != row.blobs.end() ||
           std::ranges::find(row.artifacts, hash, &Artifact::hash) != row.artifacts.end();
  });
  return by_job || std::ranges::any_of(state_.versions, [&](const auto& known) { return known.second.spec.package == hash; });
}

}  // namespace orc
