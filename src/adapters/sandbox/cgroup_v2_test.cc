#include "adapters/sandbox/cgroup_v2.h"

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>

#include "adapters/sandbox/cgroup_files.h"

namespace orc {
namespace {

namespace fs = std::filesystem;

// A folder with the files that the kernel shows in one of its cgroups.
class CgroupV2Test : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = "/tmp/orc-cgroup-test-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    for (const char* file : {"memory.max", "memory.swap.max", "memory.oom.group", "memory.events", "pids.max", "cpu.max", "cgroup.procs"})
      std::ofstream(folder_ / file) << "";
  }
  void TearDown() override { fs::remove_all(folder_); }

  fs::path folder_;
};

TEST_F(CgroupV2Test, sets_every_limit) {
  CgroupV2 cgroup(folder_);
  ASSERT_TRUE(cgroup.prepare({.memory_bytes = 1 << 20, .pids = 7, .cpus = 1.5}));
  EXPECT_EQ(read_kernel_file(folder_ / "memory.max"), "1048576");
  EXPECT_EQ(read_kernel_file(folder_ / "memory.swap.max"), "0");
  EXPECT_EQ(read_kernel_file(folder_ / "memory.oom.group"), "1");
  EXPECT_EQ(read_kernel_file(folder_ / "pids.max"), "7");
  EXPECT_EQ(read_kernel_file(folder_ / "cpu.max"), "150000 100000");
  EXPECT_EQ(cgroup.join_files(), std::vector<fs::path>{folder_ / "cgroup.procs"});
}

TEST_F(CgroupV2Test, a_limit_that_cannot_be_set_is_an_error_unless_the_kernel_lacks_it) {
  fs::remove(folder_ / "cpu.max");
  fs::remove(folder_ / "memory.swap.max");
  CgroupV2 cgroup(folder_);
  EXPECT_TRUE(cgroup.prepare({.memory_bytes = 1 << 20, .pids = 7, .cpus = 1}));
  fs::remove(folder_ / "pids.max");
  const auto prepared = cgroup.prepare({.memory_bytes = 1 << 20, .pids = 7, .cpus = 1});
  ASSERT_FALSE(prepared);
  EXPECT_TRUE(prepared.error().message.contains("pids.max")) << prepared.error().message;
}

TEST_F(CgroupV2Test, only_kills_since_the_start_of_the_run_count) {
  CgroupV2 cgroup(folder_);
  std::ofstream(folder_ / "memory.events") << "low 0\nhigh 0\nmax 9\noom 2\noom_kill 2\noom_group_kill 1\n";
  ASSERT_TRUE(cgroup.prepare({.memory_bytes = 1 << 20, .pids = 7, .cpus = 1}));
  EXPECT_FALSE(cgroup.ran_out_of_memory());
  std::ofstream(folder_ / "memory.events") << "low 0\nhigh 0\nmax 9\noom 3\noom_kill 3\noom_group_kill 1\n";
  EXPECT_TRUE(cgroup.ran_out_of_memory());
}

TEST_F(CgroupV2Test, everything_is_killed_at_once_where_the_kernel_can) {
  CgroupV2 cgroup(folder_);
  std::ofstream(folder_ / "cgroup.kill") << "";
  EXPECT_TRUE(cgroup.kill_all()) << "nothing is in it";
  EXPECT_EQ(read_kernel_file(folder_ / "cgroup.kill"), "");
  std::ofstream(folder_ / "cgroup.procs") << "999999999\n";
  EXPECT_FALSE(cgroup.kill_all()) << "what was killed has still to go";
  EXPECT_EQ(read_kernel_file(folder_ / "cgroup.kill"), "1");
}

TEST_F(CgroupV2Test, processor_time_counts_from_the_start_of_the_run) {
  CgroupV2 cgroup(folder_);
  EXPECT_FALSE(cgroup.cpu_time());
  std::ofstream(folder_ / "cpu.stat") << "usage_usec 5000000\nuser_usec 1\n";
  ASSERT_TRUE(cgroup.prepare({.memory_bytes = 1 << 20, .pids = 7, .cpus = 1}));
  std::ofstream(folder_ / "cpu.stat") << "usage_usec 5012345\nuser_usec 1\n";
  EXPECT_EQ(cgroup.cpu_time(), std::chrono::milliseconds(12));
}

TEST_F(CgroupV2Test, the_peak_of_memory_counts_from_when_it_was_forgotten) {
  CgroupV2 before_6_12(folder_);
  ASSERT_TRUE(before_6_12.prepare({.memory_bytes = 1 << 20, .pids = 7, .cpus = 1}));
  EXPECT_FALSE(before_6_12.peak_bytes()) << "there is no memory.peak that could be set back";
  std::ofstream(folder_ / "memory.peak") << "7000\n";
  CgroupV2 cgroup(folder_);
  ASSERT_TRUE(cgroup.prepare({.memory_bytes = 1 << 20, .pids = 7, .cpus = 1}));
  EXPECT_EQ(read_kernel_file(folder_ / "memory.peak"), "0000\n") << "it was set back";
  std::ofstream(folder_ / "memory.peak") << "5000\n";
  EXPECT_EQ(cgroup.peak_bytes(), 5000);
  cgroup.forget_peak();
  EXPECT_EQ(cgroup.peak_bytes(), 0);
}

}  // namespace
}  // namespace orc
