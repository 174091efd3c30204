#pragma once

#include "adapters/remote_cluster/remote_client.h"
#include "ports/blob_store.h"
#include "ports/credentials.h"

namespace orc {

// HttpBlobs are the blobs of the server that a worker works for. What is fetched does not wait for what is handed in, which may be long on
// a slow line: each has a connection of its own. On one thread.
class HttpBlobs final : public BlobKeeper {
 public:
  HttpBlobs(RemoteClient fetches, RemoteClient uploads, Digest& digest)
      : fetches_("blobs that are fetched", std::move(fetches)), uploads_("blobs that are handed in", std::move(uploads)), digest_(digest) {}

  Async<std::string> get(ContentHash hash) override;

  // Errors: unavailable; invalid_argument, if they are too many.
  Async<ContentHash> put(std::string bytes) override;

 private:
  RemoteLine fetches_;
  RemoteLine uploads_;
  Digest& digest_;
};

}  // namespace orc
