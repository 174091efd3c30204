#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "adapters/sqlite/connection.h"
#include "domain/payload.h"
#include "domain/result.h"

namespace orc::sqlite {

// A blob on its way into a backup or out of it. Its bytes live until the call returns.
struct CarriedBlob {
  ContentHash hash;
  std::string_view bytes;
};

using TakeBlob = std::function<Result<void>(const CarriedBlob&)>;
// Hands every blob that a backup is to carry to `take`, and stops at its first error.
using GiveBlobs = std::function<Result<void>(const TakeBlob& take)>;

// How often copy_database() begins before it takes a missing blob for a lost one.
constexpr int backup_tries_max = 3;

// Copies a database file that this or another process may be using: one read transaction's state, compacted (VACUUM INTO), first under
// another name in the target's folder, then synced and linked to its own. `give` is asked for the blobs after that; they travel in a table
// of the copy. If a row of the copy names a blob that did not come, as it was swept between the two, everything is done again: the next
// rows do not name it any more. Submissions go on meanwhile; the log grows by what they write. Blocks. Any thread.
// Errors: conflict, if `target` exists; not_found, if there is no such file; unavailable, also if the store has lost a blob; those of
// `give`. Then there is no target.
Result<void> copy_database(const FileOptions& source, const std::string& target, const GiveBlobs& give);

// Hands the blobs that a restored backup carries to `keep`, which makes them durable, and then drops them from the file. Nothing happens
// to a file that carries none. Repeating it after a crash is harmless. Blocks; nobody else uses the file.
// Errors: unavailable; those of `keep`.
Result<void> unpack_backup(const FileOptions& file, const TakeBlob& keep);

}  // namespace orc::sqlite
