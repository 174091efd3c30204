#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "domain/payload.h"
#include "domain/result.h"
#include "domain/time.h"

namespace orc {

// BlobFolder keeps blobs as files: ROOT/ab/ab12…, one folder for each first byte of the hash, each file named by its whole hash, its
// modification time being when it was last put. A blob is written under ROOT/incoming and renamed once it is on the disk, so whatever has a
// blob's name is whole. All methods block. Thread-safe; one BlobFolder in the world for each root (the lock on the data folder sees to it).
class BlobFolder {
 public:
  // Makes the folders, and removes what a predecessor left half-written.
  // Errors: unavailable, with the system's words.
  static Result<std::unique_ptr<BlobFolder>> open(std::filesystem::path root);

  // For reading while another process owns the folder: touches nothing until it is asked to.
  static std::unique_ptr<BlobFolder> look_at(std::filesystem::path root);

  BlobFolder(const BlobFolder&) = delete;
  BlobFolder& operator=(const BlobFolder&) = delete;

  // Durable when it returns. `hash` is that of the bytes. Errors: unavailable; then nothing is left of it.
  Result<void> put(const ContentHash& hash, std::string_view bytes, Timestamp now);

  // The bytes as they stand there; it is the caller's affair to hold them against the hash. Errors: not_found; unavailable.
  Result<std::string> get(const ContentHash& hash) const;

  // Errors: not_found; unavailable.
  Result<std::int64_t> size(const ContentHash& hash) const;

  // As BlobStore::older_than. Errors: unavailable.
  Result<std::vector<ContentHash>> older_than(Timestamp cutoff, const ContentHash& after, std::size_t count) const;

  // As BlobStore::remove. Errors: unavailable.
  Result<void> remove(const ContentHash& hash, Timestamp cutoff);

 private:
  explicit BlobFolder(std::filesystem::path root) : root_(std::move(root)) {}

  std::filesystem::path folder_of(std::uint8_t first_byte) const;
  std::filesystem::path path_of(const ContentHash& hash) const;
  bool refresh(const std::filesystem::path& path, std::size_t bytes, Timestamp now);

  const std::filesystem::path root_;
  std::atomic<std::uint64_t> incoming_ = 0;
  std::mutex names_;  // held while a blob's name appears, is refreshed or goes: a removal never takes what was put after its look
};

}  // namespace orc
