#pragma once

#include "adapters/image/image_store.h"

namespace orc {

// What stands beside an image's files.
std::string to_json(const StoredImage& image);
// Errors: internal, if it is not what to_json() wrote.
Result<StoredImage> read_stored_image(std::string_view json);

}  // namespace orc
