#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "adapters/image/image_config.h"
#include "adapters/image/image_tree.h"

namespace orc {

// An image in a folder, with every part held against its digest before it is used.
struct ImageLayout {
  std::string digest;  // of its manifest, or of its configuration where there is no manifest with digests: "sha256:HEX"
  ImageConfig config;
  std::vector<std::filesystem::path> layers;  // lowest first
  std::vector<std::string> names;             // in canonical form (domain/plugin/image_reference.h); may be empty
  std::vector<std::string> other_digests;     // of indexes that led to it
};

// Reads a folder that is an OCI image layout (index.json, blobs/), or what `docker save` has packed (manifest.json). An index of images for
// several processors: the one for this host. Blocks: reads all bytes of the image once.
// Errors: invalid_argument, saying what is wrong; not_found, naming the missing part; unavailable.
Result<ImageLayout> read_image_layout(const std::filesystem::path& folder, const ImageLimits& limits);

// Unpacks the tar of such a folder, plain or packed with gzip or zstd, into `folder`, which exists and is empty. Errors: as above.
Result<void> unpack_layout(const std::filesystem::path& tar, const std::filesystem::path& folder, const ImageLimits& limits);

}  // namespace orc
