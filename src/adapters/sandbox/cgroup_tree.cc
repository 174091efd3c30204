#include "adapters/sandbox/cgroup_tree.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <sys/stat.h>
#include <unistd.h>

#include "adapters/sandbox/cgroup_files.h"
#include "adapters/sandbox/cgroup_v1.h"
#include "adapters/sandbox/cgroup_v2.h"

namespace orc {
namespace {

using Path = std::filesystem::path;

// What could not be removed goes to `left`. Ours are left out: two hierarchies may be mounted together.
void remove_predecessors(const Path& parent, const std::string& tag, const std::string& name, std::vector<Path>& left) {
  std::error_code ignored;
  std::vector<Path> old;
  for (const auto& entry : std::filesystem::directory_iterator(parent, ignored))
    if (entry.path().filename().string().starts_with("orc-" + tag + "-") && entry.path().filename() != name) old.push_back(entry.path());
  for (const Path& folder : old)
    if (!remove_cgroup(folder)) left.push_back(folder);
}

Result<Path> make_folder(const Path& folder) {
  if (mkdir(folder.c_str(), 0755) == 0 || errno == EEXIST) return folder;
  return fail(ErrorCode::unavailable, "cannot make " + folder.string() + ": " + std::strerror(errno));
}

// Below the service's own cgroup, or else at the top. What a predecessor left may be in either.
Result<Path> make_first(const CgroupPlace& place, const std::string& tag, const std::string& name, std::vector<Path>& left) {
  for (const Path& parent : {place.own, place.top}) remove_predecessors(parent, tag, name, left);
  auto made = make_folder(place.own / name);
  return made ? made : make_folder(place.top / name);
}

bool enable_controllers(const Path& folder) {
  bool enabled = true;
  for (const char* controller : {"+memory", "+pids"}) enabled = write_kernel_file(folder / "cgroup.subtree_control", controller) && enabled;
  // Not every kernel or session hands on the cpu controller; limits_cpu() tells.
  [[maybe_unused]] const auto cpu_as_well = write_kernel_file(folder / "cgroup.subtree_control", "+cpu");
  return enabled;
}

// A cgroup with processes of its own can have no limits below it. If we are the only one there, we move into a leaf.
bool make_room(const Path& own) {
  if (enable_controllers(own)) return true;
  if (read_kernel_file(own / "cgroup.procs") != std::to_string(getpid()) + "\n") return false;
  const Path leaf = own / "orc-service";
  if (!make_folder(leaf) || !write_kernel_file(leaf / "cgroup.procs", "0")) return false;
  return enable_controllers(own);
}

Result<Path> make_unified(const CgroupPlace& place, const std::string& tag, const std::string& name, std::vector<Path>& left) {
  for (const Path& parent : {place.own, place.top}) remove_predecessors(parent, tag, name, left);
  std::string tried;
  for (const Path& parent : {place.own, place.top}) {
    if (make_room(parent)) {
      auto folder = make_folder(parent / name);
      if (folder && enable_controllers(*folder)) return folder;
    }
    tried += " " + parent.string();
  }
  return fail(ErrorCode::unavailable, "no cgroup that may be divided among runs (tried" + tried +
                                          "): run the service as root, or as a systemd service with Delegate=yes");
}

}  // namespace

Result<std::unique_ptr<CgroupTree>> CgroupTree::open(const CgroupMounts& mounts, const std::string& tag) {
  std::unique_ptr<CgroupTree> tree(new CgroupTree);
  const std::string name = "orc-" + tag + "-" + std::to_string(getpid());
  if (mounts.memory && mounts.pids) {
    auto memory = make_first(*mounts.memory, tag, name, tree->left_);
    if (!memory) return pass_on(memory);
    tree->memory_ = *memory;
    auto pids = make_first(*mounts.pids, tag, name, tree->left_);
    if (!pids) return pass_on(pids);
    tree->pids_ = *pids;
    if (mounts.cpu)
      if (auto cpu = make_first(*mounts.cpu, tag, name, tree->left_)) tree->cpu_ = *cpu;
    if (mounts.cpuacct)
      if (auto cpuacct = make_first(*mounts.cpuacct, tag, name, tree->left_)) tree->cpuacct_ = *cpuacct;
    return tree;
  }
  if (!mounts.unified)
    return fail(ErrorCode::unavailable, "no cgroup hierarchy with memory and pids is mounted: mount cgroup2 on /sys/fs/cgroup");
  auto unified = make_unified(*mounts.unified, tag, name, tree->left_);
  if (!unified) return pass_on(unified);
  tree->unified_ = *unified;
  return tree;
}

std::vector<Path> CgroupTree::folders() const {
  std::vector<Path> used = {unified_, memory_, pids_, cpu_, cpuacct_};
  std::erase_if(used, [](const Path& folder) { return folder.empty(); });
  return used;
}

CgroupTree::~CgroupTree() {
  for (const Path& folder : folders()) remove_cgroup(folder);
  for (const Path& folder : left_) remove_cgroup(folder);
}

void CgroupTree::write_note(const Path& note) const {
  std::ofstream out(note);
  for (const Path& folder : left_) out << folder.native() << '\n';
  for (const Path& folder : folders()) out << folder.native() << '\n';
}

std::string CgroupTree::description() const {
  return unified_.empty() ? "cgroup v1 at " + memory_.string() : "cgroup v2 at " + unified_.string();
}

bool CgroupTree::limits_cpu() const {
  if (unified_.empty()) return !cpu_.empty();
  return read_kernel_file(unified_ / "cgroup.subtree_control").find("cpu") != std::string::npos;
}

Result<std::filesystem::path> CgroupTree::slot_folder(const Path& parent, int slot) const {
  return make_folder(parent / ("slot-" + std::to_string(slot)));
}

Result<std::unique_ptr<RunCgroup>> CgroupTree::make(int slot) {
  if (!unified_.empty()) {
    auto folder = slot_folder(unified_, slot);
    if (!folder) return pass_on(folder);
    return std::make_unique<CgroupV2>(*folder);
  }
  CgroupV1Folders folders;
  for (const auto& [parent, folder] : {std::pair(&memory_, &folders.memory), std::pair(&pids_, &folders.pids)}) {
    auto made = slot_folder(*parent, slot);
    if (!made) return pass_on(made);
    *folder = *made;
  }
  for (const auto& [parent, folder] : {std::pair(&cpu_, &folders.cpu), std::pair(&cpuacct_, &folders.cpuacct)}) {
    if (parent->empty()) continue;
    auto made = slot_folder(*parent, slot);
    if (!made) return pass_on(made);
    *folder = *made;
  }
  return std::make_unique<CgroupV1>(std::move(folders));
}

}  // namespace orc
