#include "adapters/blob_store/directory_blob_store.h"

namespace orc {

Result<std::unique_ptr<DirectoryBlobStore>> DirectoryBlobStore::open(std::filesystem::path root, WorkPool& files, Clock& clock,
                                                                     Digest& digest) {
  auto folder = BlobFolder::open(std::move(root));
  if (!folder) return pass_on(folder);
  return std::make_unique<DirectoryBlobStore>(std::move(*folder), files, clock, digest);
}

Async<ContentHash> DirectoryBlobStore::put(std::string bytes) {
  co_return co_await files_.run([this, &bytes]() -> Result<ContentHash> {
    const ContentHash hash = digest_.sha256(bytes);
    if (auto kept = folder_->put(hash, bytes, clock_.now()); !kept) return pass_on(kept);
    return hash;
  });
}

Async<std::vector<ContentHash>> DirectoryBlobStore::put_all(std::vector<std::string_view> texts) {
  std::vector<ContentHash> hashes;
  for (const std::string_view text : texts) {
    auto hash = co_await put(std::string(text));  // each has its turn among the other files
    if (!hash) co_return pass_on(hash);
    hashes.push_back(*hash);
  }
  co_return hashes;
}

Async<std::string> DirectoryBlobStore::get(ContentHash hash) {
  co_return co_await files_.run([this, &hash]() -> Result<std::string> {
    auto bytes = folder_->get(hash);
    if (bytes && digest_.sha256(*bytes) != hash)
      return fail(ErrorCode::internal, "blob " + to_hex(hash) + " is damaged: its bytes no longer have this hash");
    return bytes;
  });
}

Async<std::int64_t> DirectoryBlobStore::size(ContentHash hash) {
  co_return co_await files_.run([&] { return folder_->size(hash); });
}

Async<std::vector<ContentHash>> DirectoryBlobStore::older_than(Timestamp cutoff, ContentHash after, int count) {
  co_return co_await files_.run([&] { return folder_->older_than(cutoff, after, static_cast<std::size_t>(count)); });
}

Async<void> DirectoryBlobStore::remove(ContentHash hash, Timestamp cutoff) {
  co_return co_await files_.run([&] { return folder_->remove(hash, cutoff); });
}

}  // namespace orc
