#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "domain/payload.h"
#include "domain/result.h"

namespace orc {

// The longest argument of a Linux program: MAX_ARG_STRLEN, 32 pages, less the closing zero.
inline constexpr std::size_t argument_bytes_max = 131'071;

struct PluginInput {
  std::string text;                // what the plugin is given
  std::vector<ContentHash> blobs;  // the files that must stand in its input folder under their hash in hexadecimal, each once
};

// Replaces every {"$blob": "sha256:HASH"} by the path of that file in `folder`; every other byte stays as it came (contracts.md, section
// 11). Errors: invalid_argument, if it looks as if there were such objects and the text is not JSON or the hash is none.
Result<PluginInput> read_plugin_input(std::string text, std::string_view folder);

}  // namespace orc
