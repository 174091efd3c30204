#pragma once

#include <filesystem>

#include "domain/result.h"

namespace orc {

// orc-launch: beside this program, in ../libexec/orc, or where the build puts it.
// Errors: not_found, saying where it was looked for.
Result<std::filesystem::path> find_launcher();

}  // namespace orc
