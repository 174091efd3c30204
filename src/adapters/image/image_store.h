#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/image/image_layout.h"
#include "adapters/system/file_descriptor.h"
#include "domain/plugin/image_reference.h"

namespace orc {

// An image as it is kept.
struct StoredImage {
  std::string digest;                      // "sha256:HEX"
  std::vector<std::string> names;          // canonical; each belongs to one image
  std::vector<std::string> other_digests;  // of indexes that lead to it, and by which it was fetched: find() takes them too
  ImageConfig config;
  std::uint64_t bytes = 0;  // of its files
  std::uint64_t files = 0;
  std::uint64_t left_out = 0;  // devices, pipes and sockets; 0 also where an older version imported it, which did not tell
  std::chrono::sys_seconds imported_at{};
};

// An image that is there for as long as this lives: it cannot be removed meanwhile.
struct ImageLease {
  StoredImage image;
  std::filesystem::path root;
  FileDescriptor in_use;
};

// ImageStore keeps the images of one data directory unpacked, under <folder>/HEX/, for the sandboxes of this host. Several processes may
// use one at the same time: an import appears whole or not at all, and what is in use is not removed. Each call blocks on the disk.
class ImageStore {
 public:
  explicit ImageStore(std::filesystem::path folder, ImageLimits limits = {}) : folder_(std::move(folder)), limits_(limits) {}

  // Takes in the image of an archive or a layout folder. `name`: what it is called, canonical, or empty for what it calls itself. A name
  // that another image has goes to this one. Errors: those of read_image_layout() and unpack_layer(); invalid_argument, if it has no name
  // at all.
  Result<StoredImage> import(const std::filesystem::path& file_or_folder, const std::string& name);

  // The same of the layout that `fetch` puts into the folder it is given: one of the store's, so that it is on a disk with room for an
  // image; what a killed process leaves of it the next import removes. The image is called as `reference`, whose digest, if it has one,
  // `fetch` vouches for: it may be of an index, or of what was written anew on its way. Errors: those of `fetch` too.
  using Fetch = std::function<Result<void>(const std::filesystem::path& folder)>;
  Result<StoredImage> import_fetched(const Fetch& fetch, const ImageReference& reference);

  // In the order of their names; less those of which no note can be read, which faults() tells. Errors: unavailable.
  Result<std::vector<StoredImage>> list() const;

  // A sentence for each image that is here and cannot be used, with what would mend it.
  std::vector<std::string> faults() const;

  // Errors: invalid_argument for what is no reference; not_found, saying how to get it; conflict, if the name is here with another digest.
  Result<StoredImage> find(std::string_view reference) const;

  // The same, kept from removal. Errors: as find().
  Result<ImageLease> use(std::string_view reference) const;

  // Takes the name away, and the image with its last name; a reference by digest takes it whole.
  // Errors: as find(); conflict, if a plugin runs from it.
  Result<void> remove(std::string_view reference);

 private:
  struct Notes {
    std::vector<StoredImage> images;
    std::vector<std::string> faults;
  };

  Result<Notes> read_notes() const;
  Result<StoredImage> in_a_folder(const std::function<Result<StoredImage>(const std::filesystem::path& work)>& take);
  Result<ImageLayout> fetched_layout(const Fetch& fetch, const std::filesystem::path& work) const;
  Result<StoredImage> take_in(Result<ImageLayout> layout, const std::filesystem::path& work, const std::string& name);
  Result<FileDescriptor> lock() const;
  Result<FileDescriptor> make_work_folder(std::filesystem::path& work) const;
  Result<StoredImage> unpack(const ImageLayout& layout, const std::filesystem::path& into) const;
  Result<void> put_in_place(StoredImage& image, const std::filesystem::path& from);
  Result<void> take_names(const StoredImage& image);
  std::filesystem::path place_of(const std::string& digest) const;
  void remove_unfinished() const;

  const std::filesystem::path folder_;
  const ImageLimits limits_;
};

}  // namespace orc
