#include "adapters/sandbox/launch_command.h"

#include <gmock/gmock.h>
#include <unistd.h>

namespace orc {
namespace {

using testing::HasSubstr;
using testing::Not;

SandboxPlan plan() {
  return {.launcher = "/opt/orc-launch",
          .bubblewrap = "/usr/bin/bwrap",
          .cgroup_files = {"/cg/cgroup.procs"},
          .own_id = 200'001,
          .stage = "/mnt",
          .mounts = {{"/d/root", "/", MountKind::read_only}, {"/dev/null", "/dev/null", MountKind::device}},
          .memory_mb = 64,
          .pids = 10,
          .scratch_mb = 2,
          .environment = {{"SECRET", "of the plugin"}},
          .command = {"./run", "{}"}};
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += word + " ";
  return all;
}

std::string spaced(std::string text) {
  for (char& one : text)
    if (one == '\0') one = ' ';
  return text;
}

TEST(LaunchCommandTest, root_mounts_drops_its_uid_and_hands_the_rest_to_bubblewrap) {
  const LaunchCommand command = make_launch_command(plan());
  EXPECT_EQ(joined(command.arguments), "/opt/orc-launch --parent " + std::to_string(getpid()) +
                                           " --cgroup /cg/cgroup.procs --mount /d/root /mnt ro --mount /dev/null /mnt/dev/null dev "
                                           "--scratch-memory /mnt/tmp 2097152 --output /mnt/output 2097152"
                                           " --id 200001"
                                           " --limit core 0 --limit stack 8388608 --limit nofile 1024 --limit fsize 2097152"
                                           " -- /usr/bin/bwrap --args 4 -- ./run {} ");
  EXPECT_THAT(spaced(command.sandbox_arguments), HasSubstr(" --dev-bind /mnt / "));
}

TEST(LaunchCommandTest, the_output_folder_is_handed_out_where_somebody_makes_folders_in_it) {
  SandboxPlan of_requests = plan();
  of_requests.hands_out_output = true;
  EXPECT_THAT(joined(make_launch_command(of_requests).arguments), HasSubstr(" --output /mnt/output 2097152 --hand-out --id 200001 "));
  of_requests.own_id.reset();
  EXPECT_THAT(joined(make_launch_command(of_requests).arguments), Not(HasSubstr("--hand-out"))) << "bubblewrap makes it";
}

TEST(LaunchCommandTest, without_root_bubblewrap_mounts_and_nobody_changes_who_they_are) {
  SandboxPlan own = plan();
  own.own_id.reset();
  const LaunchCommand command = make_launch_command(own);
  EXPECT_THAT(joined(command.arguments), Not(HasSubstr("--mount")));
  EXPECT_THAT(joined(command.arguments), Not(HasSubstr("--id")));
  EXPECT_THAT(joined(command.arguments), Not(HasSubstr("nproc")));
  EXPECT_THAT(spaced(command.sandbox_arguments), HasSubstr(" --ro-bind /d/root / --dev-bind /dev/null /dev/null "));
}

TEST(LaunchCommandTest, a_network_namespace_of_its_own_is_left_out_only_for_the_hosts_network) {
  EXPECT_THAT(spaced(make_launch_command(plan()).sandbox_arguments), HasSubstr(" --unshare-net "));
  SandboxPlan networked = plan();
  networked.network = NetworkAccess::host;
  const std::string arguments = spaced(make_launch_command(networked).sandbox_arguments);
  EXPECT_THAT(arguments, Not(HasSubstr("--unshare-net")));
  for (const char* other : {"--unshare-user ", "--unshare-pid ", "--unshare-ipc ", "--unshare-uts ", "--cap-drop ALL ", "--seccomp 5 "})
    EXPECT_THAT(arguments, HasSubstr(other));
}

TEST(LaunchCommandTest, the_environment_is_in_no_process_list) {
  const LaunchCommand command = make_launch_command(plan());
  EXPECT_THAT(joined(command.arguments), Not(HasSubstr("SECRET")));
  EXPECT_THAT(spaced(command.sandbox_arguments), HasSubstr("--clearenv --setenv SECRET of the plugin "));
}

TEST(LaunchCommandTest, no_scratch_space_is_one_page_and_never_without_limit) {
  SandboxPlan none = plan();
  none.scratch_mb = 0;
  EXPECT_THAT(joined(make_launch_command(none).arguments), HasSubstr(" --scratch-memory /mnt/tmp 4096 --output /mnt/output 4096 "));
  none.own_id.reset();
  EXPECT_THAT(spaced(make_launch_command(none).sandbox_arguments), HasSubstr("--size 4096 --tmpfs /tmp --size 4096 --tmpfs /output "));
}

TEST(LaunchCommandTest, without_a_cgroup_memory_and_processes_are_limited) {
  SandboxPlan bare = plan();
  bare.only_rlimits = true;
  EXPECT_THAT(joined(make_launch_command(bare).arguments), HasSubstr("--limit nproc 10 --limit as 67108864 "));
}

}  // namespace
}  // namespace orc
