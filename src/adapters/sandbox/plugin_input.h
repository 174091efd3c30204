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

// Where a plugin finds the files of its input, and may write, as it sees the file system.
inline constexpr std::string_view input_folder = "/input";
inline constexpr std::string_view output_folder = "/output";

struct PluginInput {
  std::string text;                // what the plugin is given
  std::vector<ContentHash> blobs;  // the files that must stand in input_folder under their hash in hexadecimal, each once
};

// Replaces every {"$blob": "sha256:HASH"} by the path of that file; every other byte stays as it came (contracts.md, section 11).
// Errors: invalid_argument, if it looks as if there were such objects and the text is not JSON or the hash is none.
Result<PluginInput> read_plugin_input(std::string text);

}  // namespace orc
