#include "adapters/sandbox/launch_command.h"

#include <algorithm>
#include <string_view>
#include <unistd.h>

#include "adapters/sandbox/plugin_input.h"

namespace orc {
namespace {

constexpr std::int64_t mebibyte = std::int64_t{1} << 20;
constexpr std::int64_t stack_bytes = 8 * mebibyte;
constexpr int descriptors_max = 1024;

class Arguments {
 public:
  void add(std::initializer_list<std::string_view> words) {
    for (const std::string_view word : words) list.emplace_back(word);
  }
  void limit(std::string_view name, std::int64_t value) { add({"--limit", name, std::to_string(value)}); }

  std::vector<std::string> list;
};

void add_limits(Arguments& arguments, const SandboxPlan& plan) {
  arguments.limit("core", 0);
  arguments.limit("stack", stack_bytes);
  arguments.limit("nofile", descriptors_max);
  arguments.limit("fsize", std::max<std::int64_t>(plan.scratch_mb, 1) * mebibyte);
  if (!plan.only_rlimits) return;
  arguments.limit("nproc", plan.pids + own_processes);
  arguments.limit("as", plan.memory_mb * mebibyte);
}

// Under the stage if root does the mounting, which reaches folders that a slot's uid could not; see docs/decisions/sandbox.md.
void add_mounts(Arguments& launcher, const SandboxPlan& plan) {
  for (const SandboxMount& mount : plan.mounts) {
    const std::string target = mount.target == "/" ? plan.stage.string() : plan.stage.string() + mount.target;
    launcher.add({"--mount", mount.source.native(), target, mount.kind == MountKind::device ? "dev" : "ro"});
  }
}

std::string sandbox_arguments(const SandboxPlan& plan) {
  Arguments arguments;
  arguments.add({"--die-with-parent", "--new-session", "--unshare-user", "--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-net",
                 "--unshare-cgroup-try", "--uid", "1000", "--gid", "1000", "--cap-drop", "ALL", "--hostname", "plugin"});
  arguments.add({"--seccomp", std::to_string(filter_descriptor)});
  if (plan.own_id) {
    arguments.add({"--dev-bind", plan.stage.native(), "/"});
  } else {
    for (const SandboxMount& mount : plan.mounts)
      arguments.add({mount.kind == MountKind::device ? "--dev-bind" : "--ro-bind", mount.source.native(), mount.target});
  }
  // A tmpfs of size 0 would be one without limit.
  const std::string scratch_bytes = std::to_string(std::max<std::int64_t>(plan.scratch_mb * mebibyte, 4096));
  arguments.add({"--proc", "/proc"});
  for (const std::string_view folder : {std::string_view("/tmp"), output_folder})
    arguments.add({"--size", scratch_bytes, "--tmpfs", folder});
  arguments.add({"--chdir", "/plugin", "--clearenv"});
  for (const auto& [name, value] : plan.environment) arguments.add({"--setenv", name, value});
  std::string joined;
  for (const std::string& argument : arguments.list) joined.append(argument).push_back('\0');
  return joined;
}

}  // namespace

LaunchCommand make_launch_command(const SandboxPlan& plan) {
  Arguments launcher;
  launcher.add({plan.launcher.native(), "--parent", std::to_string(getpid())});
  for (const auto& file : plan.cgroup_files) launcher.add({"--cgroup", file.native()});
  if (plan.own_id) {
    add_mounts(launcher, plan);
    launcher.add({"--id", std::to_string(*plan.own_id)});
  }
  add_limits(launcher, plan);
  launcher.add({"--", plan.bubblewrap.native(), "--args", std::to_string(arguments_descriptor), "--"});
  launcher.list.insert(launcher.list.end(), plan.command.begin(), plan.command.end());
  return {.arguments = std::move(launcher.list), .sandbox_arguments = sandbox_arguments(plan)};
}

}  // namespace orc
