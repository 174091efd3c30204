#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/sandbox/cgroup_tree.h"
#include "adapters/sandbox/sandbox_root.h"
#include "adapters/sandbox/sandbox_settings.h"
#include "adapters/system/file_descriptor.h"
#include "domain/plugin/plugin.h"

namespace orc {

// What one run has to itself, and the next one after it.
struct RunSlot {
  int number = 0;
  std::optional<std::uint32_t> own_id;  // uid and gid on the host
  std::unique_ptr<RunCgroup> cgroup;    // empty: only rlimits hold
  std::filesystem::path folder;         // for its input files
};

// SandboxHost is what all sandboxes of this process share: the part of the cgroups, the root folder, the system call filter.
// Not thread-safe; one thread prepares runs.
class SandboxHost {
 public:
  // Makes ready what sandboxes need, and removes what a dead predecessor of the same data directory has left.
  // A missing cgroup is no error: see cgroup_problem(). Errors: unavailable or invalid_argument, with what would help.
  static Result<std::unique_ptr<SandboxHost>> prepare(const SandboxSettings& settings);

  Result<RunSlot> make_slot(int number);

  // Whether these limits can be held here. Errors: unavailable, with the reason and what would help.
  Result<void> can_hold(const PluginLimits& limits) const;

  const SandboxSettings& settings() const { return settings_; }
  const std::vector<SandboxMount>& mounts() const { return mounts_; }
  const FileDescriptor& filter() const { return filter_; }
  const std::filesystem::path& stage() const { return stage_; }
  // Where a command without a package runs.
  std::filesystem::path empty_folder() const { return settings_.data_dir / "sandbox" / "empty"; }
  bool has_own_ids() const { return has_own_ids_; }
  const CgroupTree* cgroups() const { return cgroups_.get(); }
  const std::string& cgroup_problem() const { return cgroup_problem_; }

 private:
  explicit SandboxHost(const SandboxSettings& settings);

  Result<void> find_stage();
  void open_cgroups();

  // Constant after prepare().
  const SandboxSettings settings_;
  const bool has_own_ids_;
  std::vector<SandboxMount> mounts_;
  FileDescriptor filter_;
  std::filesystem::path stage_;
  std::unique_ptr<CgroupTree> cgroups_;  // empty: cgroup_problem_ says why
  std::string cgroup_problem_;
};

}  // namespace orc
