#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "adapters/sandbox/cgroup_mounts.h"
#include "adapters/sandbox/run_cgroup.h"

namespace orc {

// CgroupTree is our part of the host's cgroups: folders named orc-TAG-PID in the hierarchies, with one folder for each slot inside. It
// takes version 1 where memory and pids are there, else version 2. It looks below the service's own cgroup first, then at the top. Not
// thread-safe.
class CgroupTree {
 public:
  // Makes the folders, and removes those of a dead predecessor with the same tag. `tag` names the data directory: whoever holds its lock
  // may. Version 2: if the own cgroup is delegated to us alone, this process moves into a leaf of it. Errors: unavailable, with what was
  // tried and what would help.
  static Result<std::unique_ptr<CgroupTree>> open(const CgroupMounts& mounts, const std::string& tag);
  ~CgroupTree();
  CgroupTree(const CgroupTree&) = delete;
  CgroupTree& operator=(const CgroupTree&) = delete;

  // "cgroup v1" or "cgroup v2", and where.
  std::string description() const;
  bool limits_cpu() const;

  // A predecessor's folder that could not be removed, since what ran there has not gone yet although it was killed. Tried once more when
  // the tree ends.
  void remove_later(std::filesystem::path folder) { left_.push_back(std::move(folder)); }

  // Writes our folders, and those that are to be removed later, into `note`, a line each, for a successor that must remove them.
  void write_note(const std::filesystem::path& note) const;

  // Ours, in every hierarchy that is used.
  std::vector<std::filesystem::path> folders() const;

  // A folder for one slot. It must be gone before the tree is. Errors: unavailable.
  Result<std::unique_ptr<RunCgroup>> make(int slot);

 private:
  CgroupTree() = default;

  Result<std::filesystem::path> slot_folder(const std::filesystem::path& parent, int slot) const;

  // Constant after construction. Version 2 has only `unified`.
  std::filesystem::path unified_;
  std::filesystem::path memory_;
  std::filesystem::path pids_;
  std::filesystem::path cpu_;
  std::filesystem::path cpuacct_;

  std::vector<std::filesystem::path> left_;
};

}  // namespace orc
