#include "adapters/sqlite/sqlite_backup.h"

#include <cerrno>
#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <unistd.h>

#include "adapters/sql_text/text_of.h"
#include "adapters/sqlite/embedded_sql.h"
#include "adapters/sqlite/statement_catalog.h"
#include "adapters/sqlite/storage_fault.h"
#include "adapters/system/file_descriptor.h"
#include "adapters/system/file_text.h"

namespace orc::sqlite {
namespace {

namespace fs = std::filesystem;

// Removes the unfinished copy, whatever becomes of it.
struct Unfinished {
  fs::path path;
  ~Unfinished() { ::unlink(path.c_str()); }
};

std::unexpected<Error> cannot_write(const fs::path& path) {
  return fail(ErrorCode::unavailable, "the backup cannot be written: " + system_words(path, errno));
}

std::unexpected<Error> exists_already(const fs::path& path) {
  return fail(ErrorCode::conflict, path.string() + " exists already; give the backup a name of its own");
}

Result<void> sync(const fs::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open() || ::fsync(file.get()) != 0) return cannot_write(path);
  return {};
}

// Each blob in a transaction of its own: memory stays at one blob, and nobody sees the file before it is whole.
Result<std::optional<ContentHash>> pack_blobs(const StatementCatalog& catalog, const fs::path& copy, const GiveBlobs& give) {
  Connection connection({.file = copy}, Access::create);
  connection.execute("PRAGMA journal_mode = DELETE");  // one file, without a log beside it
  catalog.prepare(connection, "make_backup_blobs").execute();
  Statement add = catalog.prepare(connection, "add_backup_blob");
  const auto given = give([&add](const CarriedBlob& blob) -> Result<void> {
    add.execute(blob.hash, Bytes{blob.bytes});
    return {};
  });
  if (!given) return std::unexpected(given.error());
  return catalog.prepare(connection, "missing_backup_blob").first([](Row row) { return row.hash(0); });
}

// Gives a blob that the copy's rows name and that did not come, if there is one: then the copy is none.
Result<std::optional<ContentHash>> write_copy(const FileOptions& source, const fs::path& unfinished, const GiveBlobs& give) {
  ::unlink(unfinished.c_str());
  // Ours and private from the first byte on: it holds password hashes.
  if (const FileDescriptor made(::open(unfinished.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600)); !made.is_open())
    return cannot_write(unfinished);
  try {
    const StatementCatalog catalog(embedded_statements());
    {
      Connection connection(source, Access::read_only);
      catalog.prepare(connection, "copy_database").execute(unfinished.string());
    }
    return pack_blobs(catalog, unfinished, give);
  } catch (const StorageFault& fault) {
    return fail(ErrorCode::unavailable, std::string("the backup cannot be written: ") + fault.what());
  }
}

Result<void> write_whole_copy(const FileOptions& source, const fs::path& unfinished, const GiveBlobs& give) {
  for (int tries = 1;; ++tries) {
    const auto missing = write_copy(source, unfinished, give);
    if (!missing) return std::unexpected(missing.error());
    if (!*missing) return {};
    if (tries == backup_tries_max)
      return fail(ErrorCode::unavailable, "the backup would be incomplete: the blob store has lost " + to_hex(**missing) +
                                              ", which the database names; upload it again or delete what uses it");
  }
}

}  // namespace

Result<void> copy_database(const FileOptions& source, const std::string& path, const GiveBlobs& give) {
  std::error_code unreadable;
  const fs::path target = fs::absolute(path, unreadable);
  if (unreadable) return fail(ErrorCode::unavailable, "the folder for " + path + " cannot be found: " + unreadable.message());
  if (!fs::exists(source.file, unreadable)) {
    if (unreadable)
      return fail(ErrorCode::unavailable, "the database at " + source.file.string() + " cannot be looked at: " + unreadable.message());
    return fail(ErrorCode::not_found, "there is no database at " + source.file.string());
  }
  std::error_code ignored;  // what cannot be looked at cannot be written either, and that is reported below
  if (fs::exists(fs::symlink_status(target, ignored))) return exists_already(target);
  const Unfinished unfinished{target.parent_path() / text_of(".", target.filename().string(), ".", ::getpid(), ".unfinished")};
  if (auto written = write_whole_copy(source, unfinished.path, give); !written) return written;
  if (auto synced = sync(unfinished.path); !synced) return synced;
  // A link, unlike a rename, never replaces what came into being meanwhile.
  if (::link(unfinished.path.c_str(), target.c_str()) != 0) return errno == EEXIST ? exists_already(target) : cannot_write(target);
  return sync(target.parent_path());
}

Result<void> unpack_backup(const FileOptions& file, const TakeBlob& keep) {
  std::error_code error;
  if (!fs::exists(file.file, error)) return {};
  try {
    const StatementCatalog catalog(embedded_statements());
    Connection connection(file, Access::create);
    bool carries_blobs = false;
    catalog.prepare(connection, "count_backup_blobs").for_each([&](const Row& row) { carries_blobs = row.integer(0) > 0; });
    if (!carries_blobs) return {};
    Result<void> kept;
    catalog.prepare(connection, "read_backup_blobs").for_each([&](const Row& row) {
      if (kept) kept = keep({.hash = row.hash(0), .bytes = row.bytes(1)});
    });
    if (!kept) return kept;
    catalog.prepare(connection, "drop_backup_blobs").execute();
    return {};
  } catch (const StorageFault& fault) {
    const char* const advice =
        fault.is_damage()
            ? "\nIt is damaged, or no database of orc: move it away with what stands beside it (-wal, -shm), and put the last "
              "backup in its place."
            : "";
    return fail(ErrorCode::unavailable, "the database " + file.file.string() + " cannot be read: " + fault.what() + advice);
  }
}

}  // namespace orc::sqlite
