#pragma once

#include "adapters/remote_cluster/remote_client.h"
#include "ports/blob_store.h"
#include "ports/credentials.h"

namespace orc {

// HttpBlobs are the blobs of the server that a worker works for. On one thread.
class HttpBlobs final : public BlobKeeper {
 public:
  HttpBlobs(RemoteClient client, Digest& digest) : line_("transfers of blobs", std::move(client)), digest_(digest) {}

  Async<std::string> get(ContentHash hash) override;

  // Errors: unavailable; invalid_argument, if they are too many.
  Async<ContentHash> put(std::string bytes) override;

 private:
  RemoteLine line_;
  Digest& digest_;
};

}  // namespace orc
