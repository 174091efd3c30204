#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "domain/result.h"

// libarchive's reader, told here so that no header of this folder shows it.
struct archive;
struct archive_entry;

namespace orc {

enum class TarKind : std::uint8_t { file, folder, symlink, hardlink, other };

struct TarEntry {
  TarKind kind = TarKind::other;
  std::string path;         // as the archive spells it
  std::string link_target;  // of the two links
  std::uint64_t size = 0;   // of a file, as the archive claims it
  bool is_executable = false;
};

// TarReader walks through a tar, plain or packed once with gzip or zstd. It judges nothing but the form. Not thread-safe. Borrows the
// bytes.
class TarReader {
 public:
  // Errors: invalid_argument, if it is nothing of the kind.
  static Result<TarReader> open(std::string_view tar);

  // The next entry; nothing after the last one. What the caller did not read of the one before is skipped unseen.
  // Errors: invalid_argument, if the archive is broken.
  Result<std::optional<TarEntry>> next();

  // The next bytes of the current file, holes of a sparse one included; 0 at its end.
  // Errors: invalid_argument, if the archive is broken.
  Result<std::size_t> read(std::span<char> into);

 private:
  struct Free {
    void operator()(archive* reader) const;
  };
  explicit TarReader(archive* reader) : reader_(reader) {}
  std::unexpected<Error> broken() const;

  std::unique_ptr<archive, Free> reader_;
};

}  // namespace orc
