#include "adapters/system/host_capacity.h"

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>

namespace orc {
namespace {

class Host : public testing::Test {
 protected:
  Host() {
    std::string pattern = (std::filesystem::temp_directory_path() / "orc-host-XXXXXX").string();
    if (!::mkdtemp(pattern.data())) throw std::runtime_error("no folder");
    root = pattern;
    write("proc/meminfo", "MemTotal:       24684120 kB\nMemFree:        1 kB\n");
  }
  ~Host() override { std::filesystem::remove_all(root); }

  void write(const std::string& path, const std::string& text) {
    std::filesystem::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text;
  }
  HostCapacity look(unsigned cores = 8) const { return host_capacity({.proc = root / "proc", .cgroup = root / "cgroup"}, cores); }

  std::filesystem::path root;
};

TEST_F(Host, without_groups_is_all_there_is) {
  EXPECT_EQ(look().memory_mb, 24'105);
  EXPECT_EQ(look().cpus, 8);
}

TEST_F(Host, a_group_of_version_2_or_one_above_it_narrows_it) {
  write("proc/self/cgroup", "0::/outer/inner\n");
  write("cgroup/outer/memory.max", "4294967296\n");
  write("cgroup/outer/inner/memory.max", "max\n");
  write("cgroup/outer/inner/cpu.max", "150000 100000\n");
  EXPECT_EQ(look().memory_mb, 4096);
  EXPECT_EQ(look().cpus, 1.5);
}

TEST_F(Host, so_do_groups_of_version_1) {
  write("proc/self/cgroup", "5:memory:/docker/a\n4:cpu,cpuacct:/docker/a\n");
  write("cgroup/memory/docker/a/memory.limit_in_bytes", "1073741824\n");
  write("cgroup/cpu,cpuacct/docker/a/cpu.cfs_quota_us", "50000\n");
  write("cgroup/cpu,cpuacct/docker/a/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(look().memory_mb, 1024);
  EXPECT_EQ(look().cpus, 0.5);
}

TEST_F(Host, what_says_no_limit_is_none) {
  write("proc/self/cgroup", "1:memory:/\n2:cpu:/\n0::/gone\n");
  write("cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n");
  write("cgroup/cpu/cpu.cfs_quota_us", "-1\n");
  write("cgroup/cpu/cpu.cfs_period_us", "100000\n");
  write("cgroup/cpu.max", "max 100000\n");
  EXPECT_EQ(look().memory_mb, 24'105);
  EXPECT_EQ(look().cpus, 8);
}

TEST_F(Host, is_known_by_the_boot_of_its_kernel_and_its_whole_memory) {
  write("proc/sys/kernel/random/boot_id", "0f0e\n");
  write("proc/self/cgroup", "0::/inner\n");
  write("cgroup/inner/memory.max", "4294967296\n");
  EXPECT_EQ(look().host, "0f0e");
  EXPECT_EQ(look().host_memory_mb, 24'105);
  EXPECT_EQ(look().memory_mb, 4096);
}

TEST_F(Host, whose_memory_is_not_known_gives_none) {
  std::filesystem::remove(root / "proc/meminfo");
  EXPECT_EQ(look().memory_mb, 0);
  EXPECT_EQ(look().host_memory_mb, 0);
  EXPECT_EQ(look().host, "");
}

TEST(memory_for_runs, leaves_a_margin) {
  const std::pair<std::int64_t, std::int64_t> cases[] = {{24'105, 21'695}, {2'000, 1'744}, {1'024, 768}, {700, 512}, {256, 512}};
  for (const auto& [host, runs] : cases) EXPECT_EQ(memory_for_runs(host), runs) << host;
}

}  // namespace
}  // namespace orc
