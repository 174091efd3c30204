#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace orc::sqlite {

// What one commit did, for metrics.
struct CommitFigures {
  std::chrono::nanoseconds duration{};    // from BEGIN until the disk has it
  std::chrono::nanoseconds checkpoint{};  // afterwards; 0 if none was due
  std::size_t operations = 0;
  std::size_t waiting = 0;  // operations that had come meanwhile
  bool succeeded = true;
  bool checkpoint_failed = false;
};

// Called on the writer's thread after those who waited were answered; must be short.
using CommitObserver = std::function<void(const CommitFigures&)>;

// Called with what SQLite said of a fault that somebody was told of, and with none of the values of a statement. On threads of the store;
// must be short.
using FaultObserver = std::function<void(std::string_view words)>;

struct WriterLimits {
  std::size_t waiting_max = 50'000;        // operations; one more is refused
  std::size_t rows_per_commit_max = 4096;  // as far as operations say beforehand; bounds how long a commit takes
  int log_pages_max = 500;                 // pages in the log from which on it is copied into the file (docs/decisions/sqlite_store.md)
  int log_pages_restart = 10'000;          // from which on readers are waited for, so that it starts anew
};

struct ReaderLimits {
  std::size_t threads = 2;         // each with a connection
  std::size_t waiting_max = 1024;  // reads that wait for a thread; one more is refused
};

struct StoreOptions {
  std::filesystem::path file;  // the folder must exist
  WriterLimits writer;
  ReaderLimits readers;
  CommitObserver observer;  // may be empty
  FaultObserver on_fault;   // may be empty
  std::string vfs;          // name of a registered SQLite VFS; empty: the system's. For tests that break the disk.
};

}  // namespace orc::sqlite
