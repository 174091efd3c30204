#include "adapters/remote_cluster/http_blobs.h"

namespace orc {
namespace {

constexpr std::chrono::minutes transfer_max{2};  // 64 MiB at 550 KiB/s

std::string target_of(const ContentHash& hash) { return "/blobs/" + to_hex(hash); }

}  // namespace

Async<std::string> HttpBlobs::get(ContentHash hash) {
  const auto fetch = [this, hash](RemoteClient& client) -> Result<std::string> {
    auto bytes = client.send({.method = "GET", .target = target_of(hash), .body = {}, .timeout = transfer_max});
    if (bytes && digest_.sha256(*bytes) != hash)
      return fail(ErrorCode::internal, "what the server gave as blob " + to_hex(hash) + " has another hash");
    return bytes;
  };
  co_return co_await fetches_.run(fetch);
}

Async<ContentHash> HttpBlobs::put(std::string bytes) {
  const auto upload = [&](RemoteClient& client) -> Result<ContentHash> {
    const ContentHash hash = digest_.sha256(bytes);
    const auto kept = client.send({.method = "PUT",
                                   .target = target_of(hash),
                                   .body = std::move(bytes),
                                   .timeout = transfer_max,
                                   .content_type = "application/octet-stream"});
    if (!kept) return std::unexpected(kept.error());
    return hash;
  };
  co_return co_await uploads_.run(upload);
}

}  // namespace orc
