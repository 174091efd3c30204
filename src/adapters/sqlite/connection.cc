#include "adapters/sqlite/connection.h"

#include <fcntl.h>
#include <sqlite3.h>

#include "adapters/sql_text/text_of.h"
#include "adapters/sqlite/storage_fault.h"
#include "adapters/system/file_descriptor.h"

namespace orc::sqlite {
namespace {

// For others that look into the file from outside, such as the sqlite3 shell; we ourselves never wait for each other.
constexpr int busy_timeout_ms = 2000;
// While the writer waits for readers, nobody's changes go on.
constexpr int restart_timeout_ms = 20;

int note_log_pages(void* pages, sqlite3*, const char*, int count) {
  *static_cast<int*>(pages) = count;
  return SQLITE_OK;
}

}  // namespace

Connection::Connection(const FileOptions& options, Access access) {
  const int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE |
                    (access == Access::create ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY);
  // Private from its first byte on, and its log with it: it holds password hashes. Only a file that is not there yet, as closing a
  // descriptor of a file ends this process's locks on it, which are SQLite's.
  if (access == Access::create && options.vfs.empty())
    FileDescriptor(::open(options.file.c_str(), O_CREAT | O_EXCL | O_RDONLY | O_CLOEXEC, 0600));
  const int code = sqlite3_open_v2(options.file.c_str(), &native_, flags, options.vfs.empty() ? nullptr : options.vfs.c_str());
  try {
    if (code != SQLITE_OK) throw StorageFault::of(native_, code, "open " + options.file.string());
    configure(options, access);
  } catch (const StorageFault&) {
    sqlite3_close_v2(native_);
    throw;
  }
}

Connection::~Connection() { sqlite3_close_v2(native_); }

void Connection::configure(const FileOptions& options, Access access) {
  sqlite3_busy_timeout(native_, busy_timeout_ms);
  sqlite3_db_config(native_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(native_, SQLITE_DBCONFIG_DQS_DML, 0, nullptr);
  sqlite3_db_config(native_, SQLITE_DBCONFIG_DQS_DDL, 0, nullptr);
  sqlite3_db_config(native_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  execute(text_of("PRAGMA cache_size = -", options.cache_kib).c_str());
  execute(text_of("PRAGMA mmap_size = ", options.mapped_bytes).c_str());
  execute("PRAGMA temp_store = MEMORY");
  if (access == Access::read_only) return;
  // The writer copies the log into the file itself, after those who wait have their answer; see writer.cc.
  sqlite3_wal_autocheckpoint(native_, 0);
  sqlite3_wal_hook(native_, note_log_pages, &log_pages_);
  execute("PRAGMA journal_mode = WAL");
  execute("PRAGMA synchronous = FULL");
  execute("PRAGMA journal_size_limit = 67108864");
}

void Connection::execute(const char* sql) {
  if (const int code = sqlite3_exec(native_, sql, nullptr, nullptr, nullptr); code != SQLITE_OK) throw StorageFault::of(native_, code, sql);
}

std::int64_t Connection::query_integer(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  int code = sqlite3_prepare_v2(native_, sql, -1, &statement, nullptr);
  if (code == SQLITE_OK) code = sqlite3_step(statement);
  const std::int64_t value = code == SQLITE_ROW ? sqlite3_column_int64(statement, 0) : 0;
  sqlite3_finalize(statement);
  if (code != SQLITE_ROW) throw StorageFault::of(native_, code, sql);
  return value;
}

bool Connection::in_transaction() const { return sqlite3_get_autocommit(native_) == 0; }

void Connection::roll_back() noexcept {
  if (in_transaction()) sqlite3_exec(native_, "ROLLBACK", nullptr, nullptr, nullptr);
}

bool Connection::checkpoint(Checkpoint how) {
  const int mode = how == Checkpoint::restart ? SQLITE_CHECKPOINT_RESTART : SQLITE_CHECKPOINT_PASSIVE;
  int in_log = 0;
  int copied = 0;
  sqlite3_busy_timeout(native_, restart_timeout_ms);
  const int code = sqlite3_wal_checkpoint_v2(native_, nullptr, mode, &in_log, &copied);
  sqlite3_busy_timeout(native_, busy_timeout_ms);
  if (code != SQLITE_OK && (code & 0xFF) != SQLITE_BUSY) throw StorageFault::of(native_, code, "checkpoint");
  return code == SQLITE_OK && in_log == copied;
}

}  // namespace orc::sqlite
