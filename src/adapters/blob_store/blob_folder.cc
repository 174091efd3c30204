#include "adapters/blob_store/blob_folder.h"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

#include "adapters/system/file_descriptor.h"
#include "adapters/system/file_text.h"

namespace orc {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t blob_file_bytes_max = std::size_t{1} << 30;  // far above what any caller may put; bounds a foreign file
constexpr mode_t folder_mode = 0700;
constexpr mode_t blob_mode = 0600;

std::unexpected<Error> failed(const fs::path& path, int error_number) {
  return fail(ErrorCode::unavailable, "the blob store: " + system_words(path, error_number));
}

Result<void> make_folder(const fs::path& path) {
  if (::mkdir(path.c_str(), folder_mode) != 0 && errno != EEXIST) return failed(path, errno);
  return {};
}

Result<void> sync_folder(const fs::path& path) {
  const FileDescriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.is_open() || ::fsync(folder.get()) != 0) return failed(path, errno);
  return {};
}

// Every name in a folder but "." and "..", sorted.
Result<std::vector<std::string>> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (auto entry = fs::directory_iterator(folder, error); !error && entry != fs::directory_iterator(); entry.increment(error))
    names.push_back(entry->path().filename().string());
  if (error) return failed(folder, error.value());
  std::ranges::sort(names);
  return names;
}

timespec to_timespec(Timestamp time) {
  const std::int64_t ms = to_ms(time);
  return {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1'000'000};
}

Timestamp modified_at(const struct stat& status) {
  return timestamp_from_ms(std::int64_t{status.st_mtim.tv_sec} * 1000 + status.st_mtim.tv_nsec / 1'000'000);
}

// A new file with its bytes and time on the disk. On error it is gone again.
Result<void> write_new(const fs::path& path, std::string_view bytes, Timestamp time) {
  const FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, blob_mode));
  if (!file.is_open()) return failed(path, errno);
  const timespec times[2] = {to_timespec(time), to_timespec(time)};
  if (write_all(file.get(), bytes) && ::futimens(file.get(), times) == 0 && ::fsync(file.get()) == 0) return {};
  auto error = failed(path, errno);
  ::unlink(path.c_str());
  return error;
}

}  // namespace

std::unique_ptr<BlobFolder> BlobFolder::look_at(fs::path root) { return std::unique_ptr<BlobFolder>(new BlobFolder(std::move(root))); }

Result<std::unique_ptr<BlobFolder>> BlobFolder::open(fs::path root) {
  std::unique_ptr<BlobFolder> blobs(new BlobFolder(std::move(root)));
  const fs::path incoming = blobs->root_ / "incoming";
  if (auto made = make_folder(blobs->root_); !made) return pass_on(made);
  if (auto made = make_folder(incoming); !made) return pass_on(made);
  // All at once, so that put() need not wonder whether a folder of its is on the disk.
  for (int byte = 0; byte < 256; ++byte)
    if (auto made = make_folder(blobs->folder_of(static_cast<std::uint8_t>(byte))); !made) return pass_on(made);
  if (auto synced = sync_folder(blobs->root_); !synced) return pass_on(synced);

  const auto leftovers = names_in(incoming);
  if (!leftovers) return std::unexpected(leftovers.error());
  for (const std::string& name : *leftovers)
    if (::unlink((incoming / name).c_str()) != 0) return failed(incoming / name, errno);
  return blobs;
}

Result<void> BlobFolder::put(const ContentHash& hash, std::string_view bytes, Timestamp now) {
  const fs::path path = path_of(hash);
  // Whoever put it first may not have synced the name yet, so a repeat syncs too.
  if (refresh(path, bytes.size(), now)) return sync_folder(path.parent_path());

  const fs::path temporary = root_ / "incoming" / std::to_string(++incoming_);
  if (auto written = write_new(temporary, bytes, now); !written) return written;
  {
    const std::lock_guard lock(names_);
    if (::rename(temporary.c_str(), path.c_str()) != 0) {
      auto error = failed(path, errno);
      ::unlink(temporary.c_str());
      return error;
    }
  }
  return sync_folder(path.parent_path());
}

// Whether the blob stood there already; then it counts as new. One of another size is damaged and will be replaced.
bool BlobFolder::refresh(const fs::path& path, std::size_t bytes, Timestamp now) {
  const std::lock_guard lock(names_);
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0 || static_cast<std::size_t>(status.st_size) != bytes) return false;
  const timespec times[2] = {to_timespec(now), to_timespec(now)};
  return ::utimensat(AT_FDCWD, path.c_str(), times, 0) == 0;
}

Result<std::string> BlobFolder::get(const ContentHash& hash) const {
  auto bytes = read_file(path_of(hash), blob_file_bytes_max);
  if (!bytes && bytes.error().code == ErrorCode::not_found) return fail(ErrorCode::not_found, "there is no blob " + to_hex(hash));
  return bytes;
}

Result<std::int64_t> BlobFolder::size(const ContentHash& hash) const {
  std::error_code error;
  const auto bytes = fs::file_size(path_of(hash), error);
  if (error == std::errc::no_such_file_or_directory) return fail(ErrorCode::not_found, "there is no blob " + to_hex(hash));
  if (error) return fail(ErrorCode::unavailable, "blob " + to_hex(hash) + " cannot be looked at: " + error.message());
  return static_cast<std::int64_t>(bytes);
}

Result<std::vector<ContentHash>> BlobFolder::older_than(Timestamp cutoff, const ContentHash& after, std::size_t count) const {
  std::vector<ContentHash> old;
  for (int byte = after.bytes[0]; byte < 256 && old.size() < count; ++byte) {
    const fs::path folder = folder_of(static_cast<std::uint8_t>(byte));
    const auto names = names_in(folder);
    if (!names) return std::unexpected(names.error());
    for (const std::string& name : *names) {
      if (old.size() == count) break;
      const auto hash = content_hash_from_hex(name);
      if (!hash || *hash <= after) continue;  // what has no hash for its name is not ours
      struct stat status{};
      if (::stat((folder / name).c_str(), &status) == 0 && modified_at(status) < cutoff) old.push_back(*hash);
    }
  }
  return old;
}

Result<void> BlobFolder::remove(const ContentHash& hash, Timestamp cutoff) {
  const fs::path path = path_of(hash);
  const std::lock_guard lock(names_);
  struct stat status{};
  if (::stat(path.c_str(), &status) != 0) {
    if (errno == ENOENT) return {};
    return failed(path, errno);
  }
  if (modified_at(status) >= cutoff) return {};
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return failed(path, errno);
  return {};
}

fs::path BlobFolder::folder_of(std::uint8_t first_byte) const {
  ContentHash hash;
  hash.bytes[0] = first_byte;
  return root_ / to_hex(hash).substr(0, 2);
}

fs::path BlobFolder::path_of(const ContentHash& hash) const { return folder_of(hash.bytes[0]) / to_hex(hash); }

}  // namespace orc
