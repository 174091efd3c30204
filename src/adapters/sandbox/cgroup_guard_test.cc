#include "adapters/sandbox/cgroup_guard.h"

#include <csignal>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "adapters/sandbox/cgroup_files.h"
#include "adapters/sandbox/cgroup_tree.h"

namespace orc {
namespace {

TEST(CgroupGuard, kills_and_removes_what_is_left_when_its_worker_is_gone) {
  auto tree =
      CgroupTree::open(read_cgroup_mounts(read_kernel_file("/proc/self/mountinfo"), read_kernel_file("/proc/self/cgroup")), "guarded");
  if (!tree) GTEST_SKIP() << tree.error().message;
  const auto folders = (*tree)->folders();
  const auto slot = (*tree)->make(0);
  ASSERT_TRUE(slot) << slot.error().message;
  const pid_t left = fork();
  if (left == 0)
    for (;;) pause();
  for (const auto& folder : folders) ASSERT_TRUE(write_kernel_file(folder / "slot-0" / "cgroup.procs", std::to_string(left)));

  auto guard = CgroupGuard::start(ORC_LAUNCHER, folders);
  ASSERT_TRUE(guard) << guard.error().message;
  EXPECT_EQ(waitpid(left, nullptr, WNOHANG), 0) << "while the worker lives nothing happens";
  guard->reset();
  int status = 0;
  EXPECT_EQ(waitpid(left, &status, 0), left);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
  for (const auto& folder : folders) EXPECT_FALSE(std::filesystem::exists(folder)) << folder;
}

}  // namespace
}  // namespace orc
