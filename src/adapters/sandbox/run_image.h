#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "domain/result.h"

namespace orc {

// An image that a run takes as its root.
struct RunImage {
  std::filesystem::path root;        // has folders and files to mount on: /proc, /tmp, /input, /output, /dev and the usual devices
  std::string digest;                // "sha256:HEX"
  std::vector<std::string> program;  // less the input
  std::map<std::string, std::string> environment;
  std::string working_folder;
  std::shared_ptr<void> in_use;  // it stays as it is while somebody holds this
};

// Finds the image of a reference on this host; adapters/image/image_store.h. Called on a thread that may block.
// Errors: not_found, conflict, invalid_argument, unavailable, with what would help.
using UseImage = std::function<Result<RunImage>(const std::string& reference)>;

}  // namespace orc
