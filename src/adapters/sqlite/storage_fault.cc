#include "adapters/sqlite/storage_fault.h"

#include <sqlite3.h>

#include "adapters/sql_text/text_of.h"

namespace orc::sqlite {
namespace {

StorageFault::Kind kind_of(int code) {
  using enum StorageFault::Kind;
  if (code == SQLITE_IOERR_FSYNC || code == SQLITE_IOERR_DIR_FSYNC || code == SQLITE_IOERR_COMMIT_ATOMIC) return sync_failed;
  switch (code & 0xFF) {
    case SQLITE_FULL:
      return disk_full;
    case SQLITE_IOERR:
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_PROTOCOL:
    case SQLITE_NOMEM:
      return away;
    default:
      return statement;
  }
}

}  // namespace

StorageFault::StorageFault(int code, std::string_view words, std::string_view doing)
    : kind_(kind_of(code)),
      is_damage_((code & 0xFF) == SQLITE_CORRUPT || (code & 0xFF) == SQLITE_NOTADB),
      message_(text_of(doing, ": ", words, " (SQLite ", code, ")")) {}

StorageFault StorageFault::of(sqlite3* connection, int code, std::string_view doing) {
  const int extended = connection ? sqlite3_extended_errcode(connection) : code;
  return {(extended & 0xFF) == (code & 0xFF) ? extended : code, connection ? sqlite3_errmsg(connection) : sqlite3_errstr(code), doing};
}

Error StorageFault::to_error() const {
  switch (kind_) {
    case Kind::disk_full:
      return {ErrorCode::unavailable, "the database cannot be written: no space is left on its disk; free some and try again"};
    case Kind::sync_failed:
    case Kind::away:
      return {ErrorCode::unavailable, "the database cannot be used just now; the server's log says why"};
    case Kind::statement:
      return {ErrorCode::internal, "the database refused a statement; the server's log says which and why"};
  }
  return {ErrorCode::internal, "the database failed; the server's log says why"};
}

}  // namespace orc::sqlite
