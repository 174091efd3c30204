#include "adapters/sandbox/launch_command.h"

#include <algorithm>
#include <string_view>
#include <unistd.h>

#include "adapters/sandbox/launch_words.h"

namespace orc {
namespace {

// A tmpfs of size 0 would be one without limit.
std::string scratch_bytes_of(const SandboxPlan& plan) { return std::to_string(std::max<std::int64_t>(plan.scratch_mb * mebibyte, 4096)); }

void add_limits(LaunchWords& arguments, const SandboxPlan& plan) {
  arguments.add_plain_limits(plan.scratch_mb);
  if (!plan.only_rlimits) return;
  arguments.limit("nproc", plan.pids);
  arguments.limit("as", plan.memory_mb * mebibyte);
}

// Under the stage if root does the mounting, which reaches folders that a slot's uid could not; see docs/decisions/sandbox.md.
void add_mounts(LaunchWords& launcher, const SandboxPlan& plan) {
  for (const SandboxMount& mount : plan.mounts) {
    const std::string target = mount.target == "/" ? plan.stage.string() : plan.stage.string() + mount.target;
    launcher.add({"--mount", mount.source.native(), target, mount.kind == MountKind::device ? "dev" : "ro"});
  }
}

std::string sandbox_arguments(const SandboxPlan& plan) {
  LaunchWords arguments;
  arguments.add({"--die-with-parent", "--new-session", "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts",
                 "--unshare-cgroup-try", "--uid", "1000", "--gid", "1000", "--cap-drop", "ALL", "--hostname", "plugin"});
  if (plan.network == NetworkAccess::none) arguments.add({"--unshare-net"});
  arguments.add({"--seccomp", std::to_string(filter_descriptor)});
  if (plan.own_id) {
    arguments.add({"--dev-bind", plan.stage.native(), "/"});
  } else {
    for (const SandboxMount& mount : plan.mounts)
      arguments.add({mount.kind == MountKind::device ? "--dev-bind" : "--ro-bind", mount.source.native(), mount.target});
  }
  const std::string scratch_bytes = scratch_bytes_of(plan);
  arguments.add({"--proc", "/proc"});
  // With a uid of its own orc-launch has made both: bubblewrap bounds no number of files, and nobody could look into what it makes
  // afterwards.
  if (!plan.own_id)
    for (const std::string* place : {&plan.places.scratch, &plan.places.output})
      arguments.add({"--size", scratch_bytes, "--tmpfs", *place});
  arguments.add({"--chdir", plan.places.package, "--clearenv"});
  for (const auto& [name, value] : plan.environment) arguments.add({"--setenv", name, value});
  std::string joined;
  for (const std::string& argument : arguments.list) joined.append(argument).push_back('\0');
  return joined;
}

}  // namespace

LaunchCommand make_launch_command(const SandboxPlan& plan) {
  LaunchWords launcher;
  launcher.add({plan.launcher.native(), "--parent", std::to_string(getpid())});
  for (const auto& file : plan.cgroup_files) launcher.add({"--cgroup", file.native()});
  if (!plan.memory_events.empty()) launcher.add({"--memory-events", plan.memory_events.native()});
  if (plan.own_id) {
    add_mounts(launcher, plan);
    launcher.add({"--scratch-memory", plan.stage.string() + plan.places.scratch, scratch_bytes_of(plan)});
    launcher.add({"--output", plan.stage.string() + plan.places.output, scratch_bytes_of(plan)});
    if (plan.hands_out_output) launcher.add({"--hand-out"});
    launcher.add({"--id", std::to_string(*plan.own_id)});
  }
  add_limits(launcher, plan);
  launcher.add({"--", plan.bubblewrap.native(), "--args", std::to_string(arguments_descriptor), "--"});
  launcher.list.insert(launcher.list.end(), plan.command.begin(), plan.command.end());
  return {.arguments = std::move(launcher.list), .sandbox_arguments = sandbox_arguments(plan)};
}

}  // namespace orc
