#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>

#include "adapters/system/file_descriptor.h"
#include "domain/result.h"

namespace orc {

// FolderWatch waits for files in a folder, and in the folders within it, to be saved: by inotify, so that waiting costs nothing. ".git",
// "__pycache__" and editors' leavings are not looked at, as they are no part of a package. Also hears SIGINT and SIGTERM, which it blocks
// for this process while it lives. Not thread-safe; blocks.
class FolderWatch {
 public:
  static constexpr std::size_t folders_max = 1'000;

  enum class News : std::uint8_t { saved, interrupted };

  // Errors: not_found, if there is no such folder; resource_exhausted, above folders_max or what the system lets one watch; unavailable.
  static Result<FolderWatch> start(const std::filesystem::path& folder);
  FolderWatch(FolderWatch&&) noexcept = default;
  FolderWatch& operator=(FolderWatch&&) = delete;
  ~FolderWatch();

  // While this lives SIGINT and SIGTERM end this process at once, also those that came before: for what takes long between two waits.
  class SignalsEndAtOnce {
   public:
    SignalsEndAtOnce();
    ~SignalsEndAtOnce();
    SignalsEndAtOnce(const SignalsEndAtOnce&) = delete;
    SignalsEndAtOnce& operator=(const SignalsEndAtOnce&) = delete;
  };

  // Resumes once something was saved and then nothing more for `quiet` (two seconds after the first at the latest), or at a signal.
  // Errors: unavailable.
  Result<News> wait(std::chrono::milliseconds quiet);

  // Whether something is saved in that time; resumes sooner if so, and perhaps if not. For who does something else between two looks: hears
  // no signal. Errors: unavailable.
  Result<bool> saved_within(std::chrono::milliseconds time, std::chrono::milliseconds quiet);

 private:
  FolderWatch(FileDescriptor events, FileDescriptor signals) : events_(std::move(events)), signals_(std::move(signals)) {}

  Result<void> add(const std::filesystem::path& folder);
  Result<bool> take_events();

  FileDescriptor events_;
  FileDescriptor signals_;
  std::map<int, std::filesystem::path> folders_;  // by the number of their watch
};

}  // namespace orc
