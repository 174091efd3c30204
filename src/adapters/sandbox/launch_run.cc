#include "adapters/sandbox/launch_run.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <span>
#include <sys/wait.h>

#include "adapters/sandbox/child_process.h"
#include "adapters/sandbox/direct_command.h"
#include "adapters/sandbox/launch_command.h"
#include "adapters/sandbox/plugin_input.h"
#include "adapters/sandbox/run_folders.h"

namespace orc {
namespace {

// orc-launch, bubblewrap and the page tables of all: what a run costs before the plugin's first byte.
constexpr std::int64_t own_memory_bytes = std::int64_t{4} << 20;

SandboxPlan plan_of(const SandboxHost& host, const RunSlot& slot, const RunOrder& order) {
  SandboxPlan plan{.launcher = host.settings().launcher,
                   .bubblewrap = host.settings().bubblewrap,
                   .cgroup_files = slot.cgroup ? slot.cgroup->join_files() : std::vector<std::filesystem::path>{},
                   .memory_events = slot.cgroup ? slot.cgroup->memory_events() : std::filesystem::path(),
                   .own_id = slot.own_id,
                   .stage = host.stage(),
                   .mounts = order.image_root.empty() ? host.mounts() : host.image_mounts(order.image_root),
                   .memory_mb = order.limits.memory_mb,
                   .pids = order.limits.pids + host.own_processes(),
                   .scratch_mb = order.limits.scratch_mb,
                   .hands_out_output = order.has_request_folders,
                   .only_rlimits = slot.cgroup == nullptr,
                   .network = order.network,
                   .places = order.places,
                   .environment = order.environment,
                   .command = order.command};
  if (order.image_root.empty()) plan.mounts.push_back({order.package, order.places.package, MountKind::read_only});
  if (order.network == NetworkAccess::host) {
    const auto files = order.image_root.empty() ? network_files(host.root()) : network_files_of_image(order.image_root);
    plan.mounts.insert(plan.mounts.end(), files.begin(), files.end());
  }
  if (order.has_input_files) plan.mounts.push_back({input_folder_of(slot), order.places.input, MountKind::read_only});
  if (order.feed == RunFeed::document && order.input.size() <= argument_bytes_max) plan.command.push_back(order.input);
  return plan;
}

DirectPlan direct_plan_of(const SandboxHost& host, const RunSlot& slot, const RunOrder& order) {
  DirectPlan plan{.launcher = host.settings().launcher,
                  .cgroup_files = slot.cgroup ? slot.cgroup->join_files() : std::vector<std::filesystem::path>{},
                  .memory_events = slot.cgroup ? slot.cgroup->memory_events() : std::filesystem::path(),
                  .own_id = slot.own_id,
                  .group = host.has_own_ids() ? std::optional(host.settings().uids.first) : std::nullopt,
                  .only_named_files = host.level() == Isolation::container,
                  .network = order.network,
                  .places = order.places,
                  .memory_mb = order.limits.memory_mb,
                  .pids = order.limits.pids,
                  .scratch_mb = order.limits.scratch_mb,
                  .environment = order.environment,
                  .command = order.command};
  if (order.feed == RunFeed::document && order.input.size() <= argument_bytes_max) plan.command.push_back(order.input);
  return plan;
}

// The plugin's ends of its streams, and what orc-launch hands on to bubblewrap.
struct Streams {
  Pipe input;
  Pipe output;
  Pipe log;
  Pipe progress;
  Pipe files;
  FileDescriptor arguments;
  FileDescriptor filter;
  Pipe handed_out;  // a pair of sockets
};

// A document is a file in memory and no pipe: a plugin that never reads it cannot make anybody wait.
Result<Pipe> open_input(const RunOrder& order) {
  if (order.feed == RunFeed::requests) return make_pipe();
  auto file = make_sealed_file("orc-input", order.input);
  if (!file) return pass_on(file);
  return Pipe{.read_end = std::move(*file), .write_end = {}};
}

Result<Streams> open_streams(const SandboxHost& host, const RunOrder& order, const std::string& sandbox_arguments) {
  auto input = open_input(order);
  if (!input) return pass_on(input);
  auto output = make_pipe();
  if (!output) return pass_on(output);
  auto log = make_pipe();
  if (!log) return pass_on(log);
  auto progress = make_pipe();
  if (!progress) return pass_on(progress);
  auto files = make_pipe();
  if (!files) return pass_on(files);
  auto arguments = make_sealed_file("orc-sandbox", sandbox_arguments);
  if (!arguments) return pass_on(arguments);
  auto filter = reopen(host.filter(order.network));
  if (!filter) return pass_on(filter);
  const bool hands_out = order.has_request_folders && host.level() == Isolation::strict && host.has_own_ids();
  auto handed_out = hands_out ? make_socket_pair() : Result<Pipe>(Pipe{});
  if (!handed_out) return pass_on(handed_out);
  return Streams{std::move(*input), std::move(*output),    std::move(*log),    std::move(*progress),
                 std::move(*files), std::move(*arguments), std::move(*filter), std::move(*handed_out)};
}

}  // namespace

std::filesystem::path input_folder_of(const RunSlot& slot) { return slot.folder / "input"; }

Result<LaunchedRun> launch_run(const SandboxHost& host, RunSlot& slot, const RunOrder& order) {
  if (slot.cgroup) {
    const CgroupLimits limits{.memory_bytes = (order.limits.memory_mb << 20) + own_memory_bytes,
                              .pids = order.limits.pids + host.own_processes(),
                              .cpus = order.limits.cpus};
    if (auto prepared = slot.cgroup->prepare(limits); !prepared) return pass_on(prepared);
  }
  const bool has_own_root = host.level() == Isolation::strict;
  if (!has_own_root)
    if (auto made = make_run_folders(slot.folder, slot.own_id, order.has_request_folders ? OutputOf::requests : OutputOf::run); !made)
      return pass_on(made);
  const LaunchCommand command =
      has_own_root ? make_launch_command(plan_of(host, slot, order)) : make_direct_command(direct_plan_of(host, slot, order));
  auto streams = open_streams(host, order, command.sandbox_arguments);
  if (!streams) return pass_on(streams);
  const auto started = std::chrono::steady_clock::now();
  const std::array descriptors = {streams->input.read_end.get(),     streams->output.write_end.get(),    streams->log.write_end.get(),
                                  streams->progress.write_end.get(), streams->arguments.get(),           streams->filter.get(),
                                  streams->files.write_end.get(),    streams->handed_out.write_end.get()};
  static_assert(arguments_descriptor == 4 && filter_descriptor == 5 && collection_descriptor == 6 && hand_out_descriptor == 7);
  const std::size_t handed_on = streams->handed_out.write_end.is_open() ? descriptors.size() : descriptors.size() - 1;
  auto process = start_process(command.arguments, std::span(descriptors).first(handed_on));
  if (!process) return pass_on(process);
  auto ended = open_process(*process);
  if (!ended) {
    kill(*process, SIGKILL);
    waitpid(*process, nullptr, 0);
    return pass_on(ended);
  }
  return LaunchedRun{*process,
                     std::move(*ended),
                     std::move(streams->output.read_end),
                     std::move(streams->log.read_end),
                     std::move(streams->progress.read_end),
                     std::move(streams->files.read_end),
                     std::move(streams->input.write_end),
                     std::move(streams->handed_out.read_end),
                     started,
                     !has_own_root && slot.cgroup == nullptr};
}

Result<void> end_processes_of(const SandboxHost& host, std::uint32_t own_id) {
  const std::string launcher = host.settings().launcher.string();
  const FileDescriptor nowhere(::open("/dev/null", O_RDWR | O_CLOEXEC));
  if (!nowhere.is_open()) return fail(ErrorCode::unavailable, "cannot open /dev/null");
  const std::array descriptors = {nowhere.get(), nowhere.get(), nowhere.get()};
  auto process = start_process({launcher, "--sweep", std::to_string(own_id), std::to_string(host.spare_id())}, descriptors);
  if (!process) return pass_on(process);
  int status = 0;
  while (waitpid(*process, &status, 0) < 0 && errno == EINTR) {}
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return fail(ErrorCode::unavailable, launcher + " could not kill the processes of uid " + std::to_string(own_id));
  return {};
}

}  // namespace orc
