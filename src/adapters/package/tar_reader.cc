#include "adapters/package/tar_reader.h"

#include <archive.h>
#include <archive_entry.h>

namespace orc {
namespace {

// Each filter is one of gzip and zstd; the second of them is the end of the chain. A packing inside a packing is not read: it could spin
// for hours between two bytes of output.
constexpr int filters_max = 2;

std::string text_or_empty(const char* utf8, const char* raw) {
  if (utf8 != nullptr) return utf8;
  return raw != nullptr ? raw : "";
}

TarKind kind_of(archive_entry* entry) {
  if (archive_entry_hardlink(entry) != nullptr) return TarKind::hardlink;
  switch (archive_entry_filetype(entry)) {
    case AE_IFREG:
      return TarKind::file;
    case AE_IFDIR:
      return TarKind::folder;
    case AE_IFLNK:
      return TarKind::symlink;
    default:
      return TarKind::other;
  }
}

}  // namespace

void TarReader::Free::operator()(archive* reader) const { archive_read_free(reader); }

std::unexpected<Error> TarReader::broken() const {
  const char* words = archive_error_string(reader_.get());
  return fail(ErrorCode::invalid_argument, "the package is no readable tar, plain or packed with gzip or zstd: " +
                                               std::string(words != nullptr ? words : "it ends too early"));
}

Result<TarReader> TarReader::open(std::string_view tar) {
  TarReader reader(archive_read_new());
  if (!reader.reader_) return fail(ErrorCode::unavailable, "no memory for reading a package");
  archive* const raw = reader.reader_.get();
  archive_read_support_filter_gzip(raw);
  archive_read_support_filter_zstd(raw);
  archive_read_support_format_tar(raw);
  if (archive_read_open_memory(raw, tar.data(), tar.size()) != ARCHIVE_OK) return reader.broken();
  if (archive_filter_count(raw) > filters_max) return fail(ErrorCode::invalid_argument, "the package is packed more than once");
  return reader;
}

Result<std::optional<TarEntry>> TarReader::next() {
  archive_entry* entry = nullptr;
  const int ended = archive_read_next_header(reader_.get(), &entry);
  if (ended == ARCHIVE_EOF) return std::nullopt;
  if (ended != ARCHIVE_OK && ended != ARCHIVE_WARN) return broken();
  TarEntry read{.kind = kind_of(entry), .path = text_or_empty(archive_entry_pathname_utf8(entry), archive_entry_pathname(entry))};
  if (read.kind == TarKind::hardlink) read.link_target = text_or_empty(archive_entry_hardlink_utf8(entry), archive_entry_hardlink(entry));
  if (read.kind == TarKind::symlink) read.link_target = text_or_empty(archive_entry_symlink_utf8(entry), archive_entry_symlink(entry));
  if (read.kind == TarKind::file) read.size = static_cast<std::uint64_t>(std::max<la_int64_t>(0, archive_entry_size(entry)));
  read.is_executable = (archive_entry_perm(entry) & 0111) != 0;
  return read;
}

Result<std::size_t> TarReader::read(std::span<char> into) {
  const auto got = archive_read_data(reader_.get(), into.data(), into.size());
  if (got < 0) return broken();
  return static_cast<std::size_t>(got);
}

}  // namespace orc
