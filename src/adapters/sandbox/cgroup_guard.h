#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "adapters/system/file_descriptor.h"
#include "domain/result.h"

namespace orc {

// CgroupGuard is a process of orc-launch that outlives this one: when this one ends, however that happens, it kills what is left in the
// cgroups and removes them (launch/guard.h). On one thread.
class CgroupGuard {
 public:
  // Errors: unavailable, if it cannot be started.
  static Result<std::unique_ptr<CgroupGuard>> start(const std::filesystem::path& launcher,
                                                    const std::vector<std::filesystem::path>& folders);

  // Lets it do its work and waits for its end: at once if the cgroups are gone, ten seconds at most.
  ~CgroupGuard();
  CgroupGuard(const CgroupGuard&) = delete;
  CgroupGuard& operator=(const CgroupGuard&) = delete;

 private:
  CgroupGuard(FileDescriptor life, pid_t process) : life_(std::move(life)), process_(process) {}

  FileDescriptor life_;  // its standard input ends when nobody has this any more
  const pid_t process_;
};

}  // namespace orc
