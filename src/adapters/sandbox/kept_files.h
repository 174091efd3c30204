#pragma once

#include <boost/asio/awaitable.hpp>

#include "adapters/sandbox/collected_files.h"
#include "adapters/sandbox/live_run.h"
#include "ports/blob_store.h"

namespace orc {

// Keeps a file that a run left: among `end`'s artifacts once it is durable. False, and `end` says why, if it cannot be kept.
boost::asio::awaitable<bool> keep_file(BlobKeeper& blobs, CollectedFiles::File file, RunEnd& end);

}  // namespace orc
