#include "adapters/image/mapped_file.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <utility>

#include "adapters/system/file_descriptor.h"
#include "adapters/system/file_text.h"

namespace orc {

Result<MappedFile> MappedFile::open(const std::filesystem::path& path) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file.is_open()) return fail(errno == ENOENT ? ErrorCode::not_found : ErrorCode::unavailable, system_words(path, errno));
  struct stat status{};
  if (fstat(file.get(), &status) != 0) return fail(ErrorCode::unavailable, system_words(path, errno));
  if (!S_ISREG(status.st_mode)) return fail(ErrorCode::invalid_argument, path.string() + " is no file");
  if (status.st_size == 0) return MappedFile(std::string_view());
  const auto size = static_cast<std::size_t>(status.st_size);
  void* const start = mmap(nullptr, size, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (start == MAP_FAILED) return fail(ErrorCode::unavailable, system_words(path, errno));
  return MappedFile(std::string_view(static_cast<const char*>(start), size));
}

MappedFile::MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<char*>(bytes_.data()), bytes_.size());
}

}  // namespace orc
