#pragma once

#include <string>
#include <string_view>

#include "domain/draft.h"
#include "ports/async.h"
#include "ports/plugin_store.h"

namespace orc {

// PackageReader understands an uploaded plugin folder (contract section 12). Thread-safe.
class PackageReader {
 public:
  virtual ~PackageReader() = default;

  // The plugin that the tar's plugin.json describes, and the faults of its form; `spec.package` is still empty. Works off the caller's
  // thread. Errors: invalid_argument, saying what is wrong with the archive (no tar, a path that leaves the folder, a device, too many or
  // too large files, no plugin.json).
  virtual Async<Draft<NewPlugin>> read(std::string_view tar) = 0;
};

}  // namespace orc
