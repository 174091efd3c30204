#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/sandbox/cgroup_guard.h"
#include "adapters/sandbox/cgroup_tree.h"
#include "adapters/sandbox/run_places.h"
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
  // Makes ready what sandboxes of this level need, and removes what a dead predecessor of the same data directory has left.
  // A missing cgroup is no error while uids can count processes: see cgroup_problem(). Errors: unavailable or invalid_argument, with what
  // would help.
  static Result<std::unique_ptr<SandboxHost>> prepare(const SandboxSettings& settings, Isolation level);

  Result<RunSlot> make_slot(int number);

  // Whether these limits can be held here. Errors: unavailable, with the reason and what would help.
  Result<void> can_hold(const PluginLimits& limits) const;

  // How strongly runs are kept apart from the host.
  Isolation level() const { return level_; }
  // Where a run in `slot` finds what is its own, of a package that is unpacked in `package`.
  RunPlaces places(const RunSlot& slot, const std::filesystem::path& package) const;
  // The mounts of a run whose root is an image's: its root and the devices, nothing else of the host.
  std::vector<SandboxMount> image_mounts(const std::filesystem::path& root) const;
  // Our own processes around each run.
  int own_processes() const { return level_ == Isolation::strict ? 3 : 1; }

  const SandboxSettings& settings() const { return settings_; }
  const std::vector<SandboxMount>& mounts() const { return mounts_; }
  // The folder that make_sandbox_root() made.
  std::filesystem::path root() const { return settings_.data_dir / "sandbox" / "root"; }
  // Of system calls; `network` is at most that of the settings.
  const FileDescriptor& filter(NetworkAccess network) const { return network == NetworkAccess::none ? filter_ : networked_filter_; }
  const std::filesystem::path& stage() const { return stage_; }
  // Where a command without a package runs.
  std::filesystem::path empty_folder() const { return settings_.data_dir / "sandbox" / "empty"; }
  bool has_own_ids() const { return has_own_ids_; }
  // With own ids: one that no slot has. prepare() sees that there is one where a run may have to be swept (launch/sweep.h).
  std::uint32_t spare_id() const;
  const CgroupTree* cgroups() const { return cgroups_.get(); }
  const std::string& cgroup_problem() const { return cgroup_problem_; }

 private:
  SandboxHost(const SandboxSettings& settings, Isolation level);

  Result<void> find_stage();
  Result<FileDescriptor> make_filter(NetworkAccess network) const;
  Result<void> prepare_filters();
  Result<void> prepare_folders();
  Result<void> open_to_slots();
  void open_cgroups();
  Result<void> guard_cgroups();
  Result<void> can_hold_anything() const;
  Result<void> can_sweep() const;

  // Constant after prepare().
  const SandboxSettings settings_;
  const Isolation level_;
  const bool has_own_ids_;
  std::vector<SandboxMount> mounts_;
  FileDescriptor filter_;
  FileDescriptor networked_filter_;  // only if the settings give a network
  std::filesystem::path stage_;
  std::unique_ptr<CgroupGuard> guard_;   // goes after what it guards; empty without cgroups
  std::unique_ptr<CgroupTree> cgroups_;  // empty: cgroup_problem_ says why
  std::string cgroup_problem_;
};

}  // namespace orc
