#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "domain/result.h"

namespace orc {

// Folders of a run that starts without a root of its own: what is on disk instead of in a tmpfs. `owner` is the uid and gid of the run;
// empty: the service's own. All block on the disk.

// Whose the output folder is: the run's, or ours, who make folders in it for single requests.
enum class OutputOf : std::uint8_t { run, requests };

// Empty `scratch` and `output` in `folder`, which only the run may enter, and `input`, whose files are kept. Errors: unavailable; then what
// an earlier run left may still be there, and the next one must not start.
Result<void> make_run_folders(const std::filesystem::path& folder, std::optional<std::uint32_t> owner, OutputOf output);

// An empty one that every run may enter and none may change. Errors: unavailable.
Result<void> make_input_folder(const std::filesystem::path& folder);

// Removes a folder whatever modes a plugin has given to what is in it. Errors: unavailable. Precondition: nothing runs in it any more.
Result<void> remove_run_folder(const std::filesystem::path& folder);

// Lets everybody of `group` pass through `folder` to what is in it, if they know its name; nobody else sees more of it than before.
// Errors: unavailable, also if they cannot pass through what lies above it.
Result<void> let_pass(const std::filesystem::path& folder, std::uint32_t group);

}  // namespace orc
