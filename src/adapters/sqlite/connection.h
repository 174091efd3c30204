#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

struct sqlite3;

namespace orc::sqlite {

enum class Access : std::uint8_t {
  create,  // reads and writes, makes the file if there is none
  read_only,
};

enum class Checkpoint : std::uint8_t {
  passive,  // waits for nobody
  restart,  // waits some milliseconds for the readers of the log, so that it starts anew
};

// Where and how a database file is opened.
struct FileOptions {
  std::filesystem::path file;
  std::string vfs;                // name of a registered SQLite VFS; empty: the system's. For tests that break the disk.
  std::int64_t cache_kib = 2048;  // page cache of a connection
  std::int64_t mapped_bytes = 0;  // how much of the file is read through a mapping
};

// Connection is one connection to one database file. Used by one thread at a time; the users see to that.
// Throws StorageFault.
class Connection {
 public:
  Connection(const FileOptions& options, Access access);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  // Runs statements whose results nobody wants.
  void execute(const char* sql);

  // The first column of the first row, as a number.
  std::int64_t query_integer(const char* sql);

  // Whether a transaction is open.
  bool in_transaction() const;

  // Ends an open transaction without effect; never throws: what cannot be rolled back has been already.
  void roll_back() noexcept;

  // Copies finished pages of the log into the database file, as far as no reader needs them. Gives whether the log starts anew.
  bool checkpoint(Checkpoint how);

  // Pages in the log after the last commit of this connection.
  int log_pages() const { return log_pages_; }

  sqlite3* native() { return native_; }

 private:
  void configure(const FileOptions& options, Access access);

  sqlite3* native_ = nullptr;  // constant after construction
  int log_pages_ = 0;
};

}  // namespace orc::sqlite
