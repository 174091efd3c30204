#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

#include "domain/result.h"
#include "ports/blob_store.h"
#include "ports/credentials.h"

namespace orc {

// Earlier releases kept blobs in the data folder also where the database is a PostgreSQL server. Copies them into `store`, so that every
// process on that database has them, and gives their number. Done once for each database: the folder then holds a note of it; the files are
// left as they are. Blocks until all is done. `database` names the database, and may hold a secret.
// Errors: unavailable; the next start goes on.
Result<std::size_t> copy_blobs_of_folder(const std::filesystem::path& folder, BlobStore& store, const std::string& database,
                                         Digest& digest);

}  // namespace orc
