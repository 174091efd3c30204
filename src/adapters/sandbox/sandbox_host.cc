#include "adapters/sandbox/sandbox_host.h"

#include <sstream>
#include <sys/sysinfo.h>
#include <unistd.h>
#include <vector>

#include "adapters/sandbox/cgroup_files.h"
#include "adapters/sandbox/landlock_support.h"
#include "adapters/sandbox/run_folders.h"
#include "adapters/sandbox/system_call_filter.h"

namespace orc {
namespace {

namespace fs = std::filesystem;

// Folders that every Linux has, and that no part of a sandbox lies in (Filesystem Hierarchy Standard 3.0).
constexpr const char* stages[] = {"/mnt", "/media", "/srv"};

// FNV-1a: short, and the same in every run, so that a successor finds what we left.
std::string tag_of(const fs::path& data_dir) {
  std::uint64_t hash = 14695981039346656037U;
  for (const char byte : fs::absolute(data_dir).lexically_normal().native())
    hash = (hash ^ static_cast<unsigned char>(byte)) * 1099511628211U;
  std::ostringstream text;
  text << std::hex << hash;
  return text.str();
}

std::int64_t host_memory_mb() {
  struct sysinfo host{};
  if (sysinfo(&host) != 0) return 0;
  return static_cast<std::int64_t>(host.totalram) * host.mem_unit >> 20;
}

Result<void> check_files(const SandboxSettings& settings, Isolation level) {
  if (level == Isolation::strict && access(settings.bubblewrap.c_str(), X_OK) != 0)
    return fail(ErrorCode::unavailable, settings.bubblewrap.string() + " is missing: apt-get install bubblewrap");
  if (access(settings.launcher.c_str(), X_OK) != 0)
    return fail(ErrorCode::unavailable, settings.launcher.string() + " is missing: it belongs beside the orc program");
  return {};
}

Result<void> check_uids(const SandboxSettings& settings) {
  if (settings.uids.first == 0) return fail(ErrorCode::invalid_argument, "--sandbox-uids starts at 0: a plugin never runs as root");
  if (settings.uids.count < static_cast<std::uint32_t>(settings.slots + settings.warm_processes))
    return fail(ErrorCode::invalid_argument, "--sandbox-uids holds " + std::to_string(settings.uids.count) + " uids, fewer than the " +
                                                 std::to_string(settings.slots + settings.warm_processes) + " processes at once");
  return {};
}

}  // namespace

SandboxHost::SandboxHost(const SandboxSettings& settings, Isolation level)
    : settings_(settings), level_(level), has_own_ids_(geteuid() == 0) {}

Result<void> SandboxHost::find_stage() {
  for (const char* folder : stages) {
    std::error_code ignored;
    if (!fs::is_directory(folder, ignored)) continue;
    stage_ = folder;
    return {};
  }
  return fail(ErrorCode::unavailable, "no folder to put a sandbox together on: mkdir /mnt");
}

// Where a predecessor had its cgroups: it may have been started in another part of the tree than this process.
void SandboxHost::open_cgroups() {
  const fs::path note = settings_.data_dir / "sandbox" / "cgroups";
  std::istringstream left_behind(read_kernel_file(note));
  std::vector<std::string> left;
  for (std::string folder; std::getline(left_behind, folder);)
    if (folder.contains("/orc-" + tag_of(settings_.data_dir) + "-") && !remove_cgroup(folder)) left.push_back(folder);
  auto tree = CgroupTree::open(read_cgroup_mounts(read_kernel_file(settings_.mountinfo), read_kernel_file("/proc/self/cgroup")),
                               tag_of(settings_.data_dir));
  if (!tree) {
    cgroup_problem_ = tree.error().message;
    return;
  }
  cgroups_ = std::move(*tree);
  for (const std::string& folder : left) cgroups_->remove_later(folder);
  cgroups_->write_note(note);
}

Result<void> SandboxHost::guard_cgroups() {
  if (!cgroups_) return {};
  auto guard = CgroupGuard::start(settings_.launcher, cgroups_->folders());
  if (!guard) return pass_on(guard);
  guard_ = std::move(*guard);
  return {};
}

Result<FileDescriptor> SandboxHost::make_filter(NetworkAccess network) const {
  if (level_ == Isolation::none) return make_open_filter();
  if (level_ == Isolation::strict) return make_system_call_filter(CallFilter::in_namespaces, network);
  return make_system_call_filter(has_own_ids_ ? CallFilter::own_uid : CallFilter::shared_uid, network);
}

Result<void> SandboxHost::prepare_filters() {
  auto filter = make_filter(NetworkAccess::none);
  if (!filter) return pass_on(filter);
  filter_ = std::move(*filter);
  if (settings_.network == NetworkAccess::none) return {};
  auto networked = make_filter(settings_.network);
  if (!networked) return pass_on(networked);
  networked_filter_ = std::move(*networked);
  return {};
}

// A run that has no root of its own walks to its folders as its own uid. The data folder stays closed to everybody else.
Result<void> SandboxHost::open_to_slots() {
  if (auto passed = let_pass(settings_.data_dir, settings_.uids.first); !passed) return passed;
  for (const fs::path& folder :
       {settings_.data_dir / "sandbox", settings_.data_dir / "sandbox" / "slots", settings_.data_dir / "packages"}) {
    std::error_code problem;
    fs::create_directories(folder, problem);
    if (!problem) fs::permissions(folder, fs::perms(0711), problem);
    if (problem) return fail(ErrorCode::unavailable, folder.string() + ": " + problem.message());
  }
  return {};
}

Result<void> SandboxHost::prepare_folders() {
  if (auto removed = remove_run_folder(settings_.data_dir / "sandbox" / "slots"); !removed) return removed;
  std::error_code problem;
  fs::create_directories(empty_folder(), problem);
  if (!problem) fs::permissions(empty_folder(), fs::perms(0755), problem);
  if (problem) return fail(ErrorCode::unavailable, empty_folder().string() + ": " + problem.message());
  if (level_ != Isolation::strict) return has_own_ids_ ? open_to_slots() : Result<void>{};
  auto mounts = make_sandbox_root(root());
  if (!mounts) return pass_on(mounts);
  mounts_ = std::move(*mounts);
  return {};
}

Result<std::unique_ptr<SandboxHost>> SandboxHost::prepare(const SandboxSettings& settings, Isolation level) {
  if (auto files = check_files(settings, level); !files) return pass_on(files);
  std::unique_ptr<SandboxHost> host(new SandboxHost(settings, level));
  if (host->has_own_ids_) {
    if (auto uids = check_uids(settings); !uids) return pass_on(uids);
    // The other levels put no root of their own together.
    if (level == Isolation::strict)
      if (auto found = host->find_stage(); !found) return pass_on(found);
  }
  if (level == Isolation::container)
    if (std::string problem = landlock_problem(host->has_own_ids_ ? PluginUid::own : PluginUid::shared); !problem.empty())
      return fail(ErrorCode::unavailable, std::move(problem));
  if (auto filter = host->prepare_filters(); !filter) return pass_on(filter);
  if (auto folders = host->prepare_folders(); !folders) return pass_on(folders);
  host->open_cgroups();
  if (auto guarded = host->guard_cgroups(); !guarded) return pass_on(guarded);
  if (auto held = host->can_hold_anything(); !held) return pass_on(held);
  if (auto swept = host->can_sweep(); !swept) return pass_on(swept);
  return host;
}

RunPlaces SandboxHost::places(const RunSlot& slot, const fs::path& package) const {
  if (level_ == Isolation::strict) return {};
  const fs::path folder = fs::absolute(slot.folder);
  return {.package = fs::absolute(package), .input = folder / "input", .output = folder / "output", .scratch = folder / "scratch"};
}

std::vector<SandboxMount> SandboxHost::image_mounts(const fs::path& root) const {
  std::vector<SandboxMount> mounts = {{root, "/", MountKind::read_only}};
  for (const SandboxMount& mount : mounts_)
    if (mount.kind == MountKind::device) mounts.push_back(mount);
  return mounts;
}

std::uint32_t SandboxHost::spare_id() const {
  return settings_.uids.first + static_cast<std::uint32_t>(settings_.slots + settings_.warm_processes);
}

Result<RunSlot> SandboxHost::make_slot(int number) {
  RunSlot slot{.number = number, .own_id = {}, .cgroup = {}, .folder = settings_.data_dir / "sandbox" / "slots" / std::to_string(number)};
  if (has_own_ids_) slot.own_id = settings_.uids.first + static_cast<std::uint32_t>(number);
  if (!cgroups_) return slot;
  auto cgroup = cgroups_->make(number);
  if (!cgroup) return pass_on(cgroup);
  slot.cgroup = std::move(*cgroup);
  return slot;
}

// Nothing counts the processes of a run in namespaces then: neither its cgroup nor its uid.
Result<void> SandboxHost::can_hold_anything() const {
  if (cgroups_ || has_own_ids_ || level_ != Isolation::strict) return {};
  return fail(ErrorCode::unavailable,
              "nothing can count the processes of a run: the service is not root, so it has no uids to give, "
              "and there is no writable cgroup: " +
                  cgroup_problem_);
}

// Where only its uid tells what a run has left, one that no run has must end it: else a run would be killed with another (launch/sweep.cc).
Result<void> SandboxHost::can_sweep() const {
  if (cgroups_ || !has_own_ids_ || level_ == Isolation::strict) return {};
  const auto used = static_cast<std::uint32_t>(settings_.slots + settings_.warm_processes);
  if (settings_.uids.count > used) return {};
  return fail(ErrorCode::invalid_argument, "--sandbox-uids holds " + std::to_string(settings_.uids.count) +
                                               " uids: without a writable cgroup it needs " + std::to_string(used + 1) +
                                               ", one for each of the " + std::to_string(used) +
                                               " processes at once and one to end what a killed one has left; " + cgroup_problem_);
}

// Without a cgroup nothing counts all processes of a run together. What holds then: each process's address space, and the number of
// processes of the slot's own uid. The worst that those allow is their product. A run that orc-launch starts directly is watched by it.
Result<void> SandboxHost::can_hold(const PluginLimits& limits) const {
  if (cgroups_ || level_ != Isolation::strict) return {};
  const std::string help = "; " + cgroup_problem_;
  const std::int64_t most = host_memory_mb() / settings_.slots;
  const std::int64_t worst = limits.memory_mb * limits.pids + limits.scratch_mb;
  if (worst > most)
    return fail(ErrorCode::unavailable, "limits.memory_mb " + std::to_string(limits.memory_mb) + " for each of limits.pids " +
                                            std::to_string(limits.pids) + " processes is more than the " + std::to_string(most) +
                                            " MB of a slot, and there is no writable cgroup to count them together: lower one of them" +
                                            help);
  return {};
}

}  // namespace orc
