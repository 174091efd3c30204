#pragma once

#include <filesystem>
#include <string_view>

#include "domain/result.h"

namespace orc {

// MappedFile is a file to be read as one text however large it is. Nobody may shorten the file meanwhile. Moved, never copied.
class MappedFile {
 public:
  // Errors: not_found; unavailable, with the system's words; invalid_argument for what is no regular file.
  static Result<MappedFile> open(const std::filesystem::path& path);

  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&&) = delete;
  ~MappedFile();

  std::string_view bytes() const { return bytes_; }

 private:
  explicit MappedFile(std::string_view bytes) : bytes_(bytes) {}

  std::string_view bytes_;
};

}  // namespace orc
