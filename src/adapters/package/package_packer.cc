#include "adapters/package/package_packer.h"

#include <algorithm>
#include <archive.h>
#include <archive_entry.h>
#include <memory>
#include <sys/stat.h>
#include <vector>

#include "adapters/package/package_unpacker.h"
#include "adapters/system/file_text.h"
#include "domain/plugin/plugin.h"

namespace orc {
namespace {

namespace fs = std::filesystem;

struct FreeArchive {
  void operator()(archive* writer) const { archive_write_free(writer); }
};
struct FreeEntry {
  void operator()(archive_entry* entry) const { archive_entry_free(entry); }
};
using Writer = std::unique_ptr<archive, FreeArchive>;
using Entry = std::unique_ptr<archive_entry, FreeEntry>;

bool stays_out(const fs::path& name) {
  const std::string text = name.string();
  return text == ".git" || text == "__pycache__" || text.ends_with('~') || text.ends_with(".pyc");
}

std::unexpected<Error> unreadable(const fs::path& path, std::error_code why) {
  return fail(ErrorCode::unavailable, path.string() + ": " + why.message());
}

// Every path below `folder` in the order of bytes, so a folder before what is in it.
Result<std::vector<fs::path>> list_folder(const fs::path& folder) {
  std::vector<fs::path> paths;
  std::error_code error;
  for (fs::recursive_directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (stays_out(entry->path().filename())) {
      entry.disable_recursion_pending();
      continue;
    }
    paths.push_back(entry->path().lexically_relative(folder));
    if (paths.size() > PackageLimits().files_max)
      return fail(ErrorCode::invalid_argument,
                  folder.string() + " holds more than " + std::to_string(PackageLimits().files_max) + " files");
  }
  if (error) return unreadable(folder, error);
  std::ranges::sort(paths, {}, [](const fs::path& path) { return path.generic_string(); });
  return paths;
}

la_ssize_t append_to_string(archive*, void* text, const void* bytes, std::size_t size) {
  static_cast<std::string*>(text)->append(static_cast<const char*>(bytes), size);
  return static_cast<la_ssize_t>(size);
}

Writer open_writer(std::string& tar) {
  Writer writer(archive_write_new());
  archive_write_add_filter_gzip(writer.get());
  archive_write_set_filter_option(writer.get(), "gzip", "timestamp", nullptr);
  archive_write_set_format_pax_restricted(writer.get());
  archive_write_set_format_option(writer.get(), "pax", "hdrcharset", "BINARY");  // names are bytes, whatever the locale
  archive_write_open(writer.get(), &tar, nullptr, append_to_string, nullptr);
  return writer;
}

std::unexpected<Error> not_packed(archive* writer, const fs::path& path) {
  const char* words = archive_error_string(writer);
  return fail(ErrorCode::internal, path.string() + " cannot be packed: " + (words != nullptr ? words : "unknown"));
}

Result<void> add(archive* writer, const fs::path& folder, const fs::path& path, std::uint64_t& bytes_left) {
  struct stat status{};
  const fs::path full = folder / path;
  if (::lstat(full.c_str(), &status) != 0) return fail(ErrorCode::unavailable, system_words(full, errno));
  const Entry entry(archive_entry_new());
  archive_entry_set_pathname(entry.get(), path.generic_string().c_str());
  std::string bytes;
  if (S_ISDIR(status.st_mode)) {
    archive_entry_set_mode(entry.get(), AE_IFDIR | 0755);
  } else if (S_ISLNK(status.st_mode)) {
    std::error_code error;
    const auto target = fs::read_symlink(full, error);
    if (error) return unreadable(full, error);
    archive_entry_set_mode(entry.get(), AE_IFLNK | 0777);
    archive_entry_set_symlink(entry.get(), target.c_str());
  } else if (S_ISREG(status.st_mode)) {
    auto read = read_file(full, bytes_left);
    if (!read && read.error().code == ErrorCode::resource_exhausted)
      return fail(ErrorCode::invalid_argument, folder.string() + " holds more than 256 MiB");
    if (!read) return pass_on(read);
    bytes = std::move(*read);
    bytes_left -= bytes.size();
    archive_entry_set_mode(entry.get(), AE_IFREG | ((status.st_mode & 0111) != 0 ? 0755 : 0644));
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(bytes.size()));
  } else {
    return fail(ErrorCode::invalid_argument, full.string() + " is a device, a fifo or a socket");
  }
  if (archive_write_header(writer, entry.get()) != ARCHIVE_OK) return not_packed(writer, full);
  if (archive_write_data(writer, bytes.data(), bytes.size()) != static_cast<la_ssize_t>(bytes.size())) return not_packed(writer, full);
  return {};
}

}  // namespace

Result<std::string> pack_folder(const fs::path& folder) {
  std::error_code error;
  const fs::file_status place = fs::status(folder, error);
  if (place.type() == fs::file_type::none) return unreadable(folder, error);
  if (!fs::is_directory(place)) return fail(ErrorCode::not_found, folder.string() + " is no folder");
  const fs::file_status manifest = fs::status(folder / "plugin.json", error);
  if (manifest.type() == fs::file_type::none) return unreadable(folder / "plugin.json", error);
  if (!fs::is_regular_file(manifest))
    return fail(ErrorCode::not_found, (folder / "plugin.json").string() + " is missing: it names the plugin and its command");
  auto paths = list_folder(folder);
  if (!paths) return pass_on(paths);
  std::string tar;
  const Writer writer = open_writer(tar);
  std::uint64_t bytes_left = PackageLimits().bytes_max;
  for (const auto& path : *paths)
    if (auto added = add(writer.get(), folder, path, bytes_left); !added) return pass_on(added);
  if (archive_write_close(writer.get()) != ARCHIVE_OK) return not_packed(writer.get(), folder);
  if (tar.size() > plugin_package_bytes_max) return fail(ErrorCode::invalid_argument, folder.string() + " packs to more than 64 MiB");
  return tar;
}

}  // namespace orc
