#include "adapters/sandbox/cgroup_mounts.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

TEST(CgroupMountsTest, finds_version_1_with_joined_controllers) {
  const CgroupMounts mounts = read_cgroup_mounts(
      "30 25 0:26 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
      "31 25 0:27 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
      "32 25 0:28 / /sys/fs/cgroup/pids rw,nosuid shared:9 - cgroup cgroup rw,pids\n",
      "4:memory:/service/one\n3:cpu,cpuacct:/\n2:pids:/two\n");
  EXPECT_EQ(mounts.memory, (CgroupPlace{"/sys/fs/cgroup/memory", "/sys/fs/cgroup/memory/service/one"}));
  EXPECT_EQ(mounts.cpu, (CgroupPlace{"/sys/fs/cgroup/cpu,cpuacct", "/sys/fs/cgroup/cpu,cpuacct"}));
  EXPECT_EQ(mounts.pids, (CgroupPlace{"/sys/fs/cgroup/pids", "/sys/fs/cgroup/pids/two"}));
  EXPECT_FALSE(mounts.unified);
}

TEST(CgroupMountsTest, finds_version_2) {
  const CgroupMounts mounts =
      read_cgroup_mounts("30 25 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw,nsdelegate\n", "0::/system.slice/orc.service\n");
  EXPECT_EQ(mounts.unified, (CgroupPlace{"/sys/fs/cgroup", "/sys/fs/cgroup/system.slice/orc.service"}));
}

TEST(CgroupMountsTest, in_a_container_the_mounts_root_is_taken_off) {
  const CgroupMounts mounts =
      read_cgroup_mounts("30 25 0:26 /docker/7 /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n", "4:memory:/docker/7/inner\n");
  EXPECT_EQ(mounts.memory, (CgroupPlace{"/sys/fs/cgroup/memory", "/sys/fs/cgroup/memory/inner"}));
}

TEST(CgroupMountsTest, of_broken_text_nothing_is_found) {
  for (const char* text : {"", "\n\n", "30 25 - cgroup", "a b c d e - cgroup2", " - "}) {
    const CgroupMounts mounts = read_cgroup_mounts(text, "::::\n\n:");
    EXPECT_FALSE(mounts.memory || mounts.pids || mounts.cpu || mounts.unified) << text;
  }
}

}  // namespace
}  // namespace orc
