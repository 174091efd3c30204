#include "adapters/sqlite/statement.h"

#include <algorithm>
#include <sqlite3.h>

#include "adapters/sqlite/storage_fault.h"
#include "domain/assert.h"

namespace orc::sqlite {

bool Row::is_null(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }
std::int64_t Row::integer(int column) const { return sqlite3_column_int64(statement_, column); }
double Row::real(int column) const { return sqlite3_column_double(statement_, column); }

std::string_view Row::bytes(int column) const {
  const auto* start = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return {start, start ? static_cast<std::size_t>(sqlite3_column_bytes(statement_, column)) : 0};
}

ContentHash Row::hash(int column) const {
  const std::string_view stored = bytes(column);
  ContentHash hash;
  ORC_ASSERT(stored.size() == hash.bytes.size());
  std::ranges::copy(stored, hash.bytes.begin());
  return hash;
}

std::optional<std::string> Row::maybe_text(int column) const {
  if (is_null(column)) return {};
  return text(column);
}

std::optional<Timestamp> Row::maybe_time(int column) const {
  if (is_null(column)) return {};
  return time(column);
}

std::optional<ContentHash> Row::maybe_hash(int column) const {
  if (is_null(column)) return {};
  return hash(column);
}

Statement::Statement(sqlite3* connection, std::string_view name, std::string_view sql) : name_(name) {
  const int code = sqlite3_prepare_v3(connection, sql.data(), static_cast<int>(sql.size()), SQLITE_PREPARE_PERSISTENT, &native_, nullptr);
  if (code != SQLITE_OK) throw StorageFault::of(connection, code, name_);
}

Statement::Statement(Statement&& other) noexcept : name_(other.name_), native_(std::exchange(other.native_, nullptr)) {}

Statement::~Statement() { sqlite3_finalize(native_); }

// Binding fails only for an index that the statement lacks, or for more bytes than SQLite can hold.
void Statement::bind_integer(int index, std::int64_t value) { ORC_ASSERT(sqlite3_bind_int64(native_, index, value) == SQLITE_OK); }
void Statement::bind_real(int index, double value) { ORC_ASSERT(sqlite3_bind_double(native_, index, value) == SQLITE_OK); }
void Statement::bind_null(int index) { ORC_ASSERT(sqlite3_bind_null(native_, index) == SQLITE_OK); }

void Statement::bind_text(int index, std::string_view value) {
  const char* const start = value.data() ? value.data() : "";
  const int code = sqlite3_bind_text64(native_, index, start, value.size(), SQLITE_STATIC, SQLITE_UTF8);
  if (code == SQLITE_TOOBIG) throw StorageFault(code, "the value is too long", name_);
  ORC_ASSERT(code == SQLITE_OK);
}

void Statement::bind_blob(int index, std::string_view value) {
  const char* const start = value.data() ? value.data() : "";
  const int code = sqlite3_bind_blob64(native_, index, start, value.size(), SQLITE_STATIC);
  if (code == SQLITE_TOOBIG) throw StorageFault(code, "the value is too long", name_);
  ORC_ASSERT(code == SQLITE_OK);
}

int Statement::run() {
  const Reset reset{*this};
  while (step()) {}
  return sqlite3_changes(sqlite3_db_handle(native_));
}

bool Statement::step() {
  const int code = sqlite3_step(native_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  throw StorageFault::of(sqlite3_db_handle(native_), code, name_);
}

void Statement::reset() noexcept { sqlite3_reset(native_); }  // its code repeats step()'s, which was thrown

}  // namespace orc::sqlite
