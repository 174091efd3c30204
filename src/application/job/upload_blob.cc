#include "application/job/upload_blob.h"

namespace orc {

Async<void> UploadBlob::run(Principal who, ContentHash claimed, std::string bytes) {
  if (bytes.size() > blob_bytes_max)
    co_return fail(ErrorCode::invalid_argument,
                   "a blob has at most " + std::to_string(blob_bytes_max) + " bytes, this one has " + std::to_string(bytes.size()));
  const auto size = static_cast<std::int64_t>(bytes.size());
  // The blob store hashes off this thread anyway.
  const auto actual = co_await blobs_.put(std::move(bytes));
  if (!actual) co_return std::unexpected(actual.error());
  if (*actual != claimed)
    co_return fail(ErrorCode::invalid_argument, "the body's SHA-256 is " + to_hex(*actual) + ", not what the path says");
  co_return co_await catalog_.record(claimed, size, who.user);
}

}  // namespace orc
