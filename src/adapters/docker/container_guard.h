#pragma once

#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "adapters/system/file_descriptor.h"
#include "domain/result.h"

namespace orc {

// ContainerGuard is a process of orc-launch that outlives this one: when this one ends, however that happens, it has the containers removed
// that are watched then (launch/container_guard.h). On one thread.
class ContainerGuard {
 public:
  // For the engine at `socket`. Errors: unavailable, if it cannot be started.
  static Result<std::unique_ptr<ContainerGuard>> start(const std::filesystem::path& launcher, const std::string& socket);

  // Waits for its end if nothing is watched, which comes at once; otherwise it does its work after us.
  ~ContainerGuard();
  ContainerGuard(const ContainerGuard&) = delete;
  ContainerGuard& operator=(const ContainerGuard&) = delete;

  // Before the container is asked for. Errors: unavailable, if the guard is gone.
  Result<void> watch(const std::string& name);

  // It is removed.
  void forget(const std::string& name);

 private:
  ContainerGuard(FileDescriptor life, pid_t process) : life_(std::move(life)), process_(process) {}

  Result<void> tell(char sign, const std::string& name);

  FileDescriptor life_;  // its standard input ends when nobody has this any more
  const pid_t process_;
  std::set<std::string> watched_;
};

}  // namespace orc
