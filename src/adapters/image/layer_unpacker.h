#pragma once

#include <string>
#include <string_view>

#include "adapters/image/image_tree.h"

namespace orc {

// What is counted over all layers of an image.
struct UnpackedAmount {
  std::uint64_t bytes = 0;  // of files
  std::uint64_t entries = 0;
  std::uint64_t skipped = 0;  // devices, pipes and sockets, which no plugin gets
};

// Puts one layer, a tar that may be packed with gzip or zstd, over what earlier ones have left in `tree` (OCI image specification, "Image
// Layer Filesystem Changeset"): entries replace what has their path, `.wh.NAME` removes NAME, `.wh..wh..opq` all that earlier layers have
// put into its folder. Errors: invalid_argument, naming the entry, for what is no tar, a path with "..", a link to what is not there, or
// more than the limits allow; the tree's.
Result<void> unpack_layer(std::string_view tar, ImageTree& tree, const ImageLimits& limits, UnpackedAmount& amount);

}  // namespace orc
