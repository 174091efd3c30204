#include "adapters/system/file_text.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>

#include "adapters/system/file_descriptor.h"

namespace orc {
namespace {

std::unexpected<Error> failed(const std::filesystem::path& path, int error_number) {
  return fail(error_number == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable, system_words(path, error_number));
}

std::unexpected<Error> not_written(const std::filesystem::path& path, int error_number) {
  return fail(ErrorCode::unavailable, system_words(path, error_number));
}

// Makes the temporary file with its bytes on the disk. On error it is gone again.
Result<void> write_beside(const std::string& temporary, const FileDescriptor& file, std::string_view bytes, mode_t mode) {
  if (::fchmod(file.get(), mode) == 0 && write_all(file.get(), bytes) && ::fsync(file.get()) == 0) return {};
  auto error = not_written(temporary, errno);
  ::unlink(temporary.c_str());
  return error;
}

}  // namespace

bool write_all(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto written = ::write(file, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

std::string system_words(const std::filesystem::path& path, int error_number) {
  return path.string() + ": " + std::generic_category().message(error_number);
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t bytes_max) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return failed(path, errno);
  std::string bytes;
  std::size_t size = 0;
  for (;;) {
    bytes.resize(std::min(bytes_max + 1, size + (size == 0 ? 16 * 1024 : size)));
    const auto got = ::read(file.get(), bytes.data() + size, bytes.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed(path, errno);
    size += static_cast<std::size_t>(got);
    if (size > bytes_max)
      return fail(ErrorCode::resource_exhausted, path.string() + " has more than " + std::to_string(bytes_max) + " bytes");
    if (got == 0) break;
  }
  bytes.resize(size);
  return bytes;
}

Result<void> write_file(const std::filesystem::path& path, std::string_view bytes, mode_t mode) {
  std::string temporary = path.string() + ".XXXXXX";
  const FileDescriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!file.is_open()) return not_written(path, errno);
  if (auto written = write_beside(temporary, file, bytes, mode); !written) return written;
  if (::rename(temporary.c_str(), path.c_str()) != 0) {
    auto error = not_written(path, errno);
    ::unlink(temporary.c_str());
    return error;
  }
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const FileDescriptor parent(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent.is_open() || ::fsync(parent.get()) != 0) return not_written(folder, errno);
  return {};
}

}  // namespace orc
