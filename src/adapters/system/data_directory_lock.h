#pragma once

#include <filesystem>

#include "adapters/system/file_descriptor.h"
#include "domain/result.h"
#include "domain/time.h"

namespace orc {

// DataDirectoryLock is the right to use a data directory; one process has it, for as long as the object lives, and it ends with the process
// however that ends. The file `lock` in the directory says who has it.
class DataDirectoryLock {
 public:
  // Makes the directory, mode 0700, if there is none. Never waits.
  // Errors: conflict, saying which process holds it and since when; unavailable, with the system's words.
  static Result<DataDirectoryLock> take(const std::filesystem::path& directory, Timestamp now);

 private:
  explicit DataDirectoryLock(FileDescriptor file) : file_(std::move(file)) {}

  FileDescriptor file_;
};

}  // namespace orc
