#include "adapters/sandbox/kept_files.h"

#include <utility>

namespace orc {

boost::asio::awaitable<bool> keep_file(BlobKeeper& blobs, CollectedFiles::File file, RunEnd& end) {
  Artifact artifact{.name = std::move(file.name), .bytes = std::ssize(file.bytes), .hash = {}};
  auto hash = co_await blobs.put(std::move(file.bytes));
  if (!hash) {
    end.keeping_failed = hash.error();
    co_return false;
  }
  artifact.hash = *hash;
  end.artifacts.push_back(std::move(artifact));
  co_return true;
}

}  // namespace orc
