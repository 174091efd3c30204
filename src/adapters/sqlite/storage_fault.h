#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include "domain/result.h"

struct sqlite3;

namespace orc::sqlite {

// StorageFault is how SQLite's errors travel inside this folder: thrown by Connection and Statement, caught by Writer, Readers and
// SqliteStore::open, and nowhere else. It never leaves the folder: the world sees to_error(), and the server's log what().
class StorageFault final : public std::exception {
 public:
  // What it means for those who wait.
  enum class Kind : std::uint8_t {
    disk_full,    // heals by itself when space is freed
    sync_failed,  // the disk did not keep what it was given: nothing may be promised any more
    away,         // the file cannot be read or written just now
    statement,    // one statement or its values; others are not concerned
  };

  // `code` is an extended result code of SQLite; `words` are sqlite3_errmsg()'s, `doing` says what was tried.
  StorageFault(int code, std::string_view words, std::string_view doing);

  // The last error of a connection.
  static StorageFault of(sqlite3* connection, int code, std::string_view doing);

  Kind kind() const { return kind_; }
  // What is in the file is no database, or not any more: trying again does not help.
  bool is_damage() const { return is_damage_; }
  const char* what() const noexcept override { return message_.c_str(); }

  // unavailable, with a sentence for people; internal for a fault of a statement.
  Error to_error() const;

 private:
  Kind kind_;
  bool is_damage_;
  std::string message_;
};

}  // namespace orc::sqlite
