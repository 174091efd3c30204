#pragma once

#include "adapters/system/work_pool.h"
#include "ports/package_reader.h"

namespace orc {

// ArchivePackageReader reads packages with libarchive (package_unpacker.h tells the rules) on the threads of `pool`. Thread-safe.
class ArchivePackageReader final : public PackageReader {
 public:
  explicit ArchivePackageReader(WorkPool& pool) : pool_(pool) {}

  // Errors also: resource_exhausted, if too much waits for the pool; invalid_argument above plugin_package_bytes_max.
  // `tar` must live until the answer is there.
  Async<Draft<NewPlugin>> read(std::string_view tar) override;

 private:
  WorkPool& pool_;
};

}  // namespace orc
