#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "adapters/system/file_descriptor.h"
#include "domain/result.h"

namespace orc {

// RequestFolders are folders for single requests, in the output folder of a process that stays up: made before a request is sent, looked at
// and removed after its answer, while the process goes on and may do there what it likes. So nothing is reached by a path: each step goes
// from one open folder to the next and follows no link, and what is not the process's own is not read. Thread-safe; blocks on the disk.
class RequestFolders {
 public:
  // Opens the output folder, once a request needs it.
  using Open = std::function<Result<FileDescriptor>()>;

  // `owner`: uid and gid of the process; empty: the service's own.
  RequestFolders(Open open, std::optional<std::uint32_t> owner) : open_(std::move(open)), owner_(owner) {}

  // An empty folder that only the process may enter; what stood there goes. Errors: those of Open; unavailable.
  Result<void> make(const std::string& folder);

  struct LeftFile {
    std::string name;
    std::int64_t bytes = 0;
  };
  struct Left {
    std::vector<LeftFile> files;  // by name, within the bounds of artifacts (domain/job/artifact.h)
    std::uint64_t left_out = 0;   // entries that are no regular files, or beyond the bounds
  };
  // Nothing, if it cannot be looked into.
  Left look(const std::string& folder);

  // What a file holds now, up to what it held before; empty: it is none any more, or cannot be read.
  std::optional<std::string> read(const std::string& folder, const LeftFile& file);

  // With all that is in it. Errors: unavailable, if some of it stays.
  Result<void> remove(const std::string& folder);

 private:
  Result<int> parent();

  const Open open_;
  const std::optional<std::uint32_t> owner_;
  std::mutex mutex_;
  FileDescriptor parent_;  // guarded by mutex_ until it is open
};

}  // namespace orc
