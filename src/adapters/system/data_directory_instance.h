#pragma once

#include <filesystem>
#include <string>

#include "domain/result.h"
#include "ports/random_source.h"

namespace orc {

// A word that this data directory alone has: made once and kept in its file `instance`, so that a restarted owner knows the traces of its
// predecessor in a database that others use too. A copy of the directory gets a word of its own: the file says which directory it was made
// in. For the holder of the directory's lock. Blocks.
// Errors: unavailable, with the system's words.
Result<std::string> load_instance(const std::filesystem::path& directory, RandomSource& random);

}  // namespace orc
