#include "adapters/system/data_directory_lock.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/file.h>
#include <system_error>
#include <unistd.h>

#include "adapters/json/time_text.h"
#include "adapters/system/file_text.h"

namespace orc {
namespace {

std::string read_holder(int file) {
  std::array<char, 200> text{};
  const auto size = ::pread(file, text.data(), text.size(), 0);
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : "a process that has not said its number yet";
}

Result<void> write_holder(int file, const std::filesystem::path& path, Timestamp now) {
  const std::string holder = "process " + std::to_string(::getpid()) + ", started at " + time_text(now);
  if (::ftruncate(file, 0) == 0 && ::pwrite(file, holder.data(), holder.size(), 0) == static_cast<ssize_t>(holder.size())) return {};
  return fail(ErrorCode::unavailable, "the data directory cannot be written: " + system_words(path, errno));
}

}  // namespace

Result<DataDirectoryLock> DataDirectoryLock::take(const std::filesystem::path& directory, Timestamp now) {
  std::error_code failure;
  if (!std::filesystem::exists(directory, failure)) {
    std::filesystem::create_directories(directory, failure);
    if (!failure) std::filesystem::permissions(directory, std::filesystem::perms::owner_all, failure);
  }
  if (failure) return fail(ErrorCode::unavailable, "the data directory cannot be made: " + directory.string() + ": " + failure.message());

  const auto path = directory / "lock";
  FileDescriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!file.is_open()) return fail(ErrorCode::unavailable, "the data directory cannot be used: " + system_words(path, errno));
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return fail(ErrorCode::unavailable, "the data directory cannot be locked: " + system_words(path, errno));
    return fail(ErrorCode::conflict, "the data directory " + directory.string() + " is in use by another orc (" + read_holder(file.get()) +
                                         "); stop that one, or give this one a --data-dir of its own");
  }
  if (auto written = write_holder(file.get(), path, now); !written) return pass_on(written);
  return DataDirectoryLock(std::move(file));
}

}  // namespace orc
