#include "adapters/sandbox/cgroup_tree.h"

#include <array>
#include <cstdlib>
#include <fcntl.h>
#include <fstream>
#include <gmock/gmock.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <thread>
#include <unistd.h>

#include "adapters/sandbox/cgroup_files.h"
#include "adapters/system/file_descriptor.h"

namespace orc {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

// A folder that looks like a hierarchy of version 2, in which this process is in the cgroup `own`. What is written to control files is kept
// in order, as they are pipes.
class CgroupTreeTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = "/tmp/orc-cgroup-tree-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    top_ = name;
    own_ = top_ / "own";
    fs::create_directory(own_);
    mounts_.unified = {.top = top_, .own = own_};
  }
  void TearDown() override { fs::remove_all(top_); }

  // The kernel makes this file; a cgroup without it cannot be divided.
  void make_control(const fs::path& cgroup) {
    fs::create_directories(cgroup);
    const fs::path file = cgroup / "cgroup.subtree_control";
    ASSERT_EQ(mkfifo(file.c_str(), 0600), 0);
    controls_[cgroup] = FileDescriptor(::open(file.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  }
  std::string written_to_control(const fs::path& cgroup) {
    std::array<char, 100> text{};
    const ssize_t size = read(controls_[cgroup].get(), text.data(), text.size());
    return {text.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
  }
  static void put(const fs::path& file, const std::string& text) {
    fs::create_directories(file.parent_path());
    std::ofstream(file) << text;
  }

  fs::path top_, own_;
  CgroupMounts mounts_;
  std::map<fs::path, FileDescriptor> controls_;
  const std::string name_ = "orc-tag-" + std::to_string(getpid());
};

TEST_F(CgroupTreeTest, runs_get_a_part_of_the_services_own_cgroup_with_its_controllers) {
  make_control(own_);
  make_control(own_ / name_);
  const auto tree = CgroupTree::open(mounts_, "tag");
  ASSERT_TRUE(tree) << tree.error().message;
  EXPECT_THAT((*tree)->folders(), ElementsAre(own_ / name_));
  EXPECT_EQ((*tree)->description(), "cgroup v2 at " + (own_ / name_).string());
  for (const fs::path& divided : {own_, own_ / name_}) EXPECT_EQ(written_to_control(divided), "+memory+pids+cpu") << divided;
  const auto slot = (*tree)->make(3);
  ASSERT_TRUE(slot) << slot.error().message;
  EXPECT_TRUE(fs::is_directory(own_ / name_ / "slot-3"));
}

TEST_F(CgroupTreeTest, where_its_own_cannot_be_divided_it_is_a_part_of_the_top) {
  make_control(top_);
  make_control(top_ / name_);
  put(own_ / "cgroup.procs", std::to_string(getpid()) + "\n1\n");
  const auto tree = CgroupTree::open(mounts_, "tag");
  ASSERT_TRUE(tree) << tree.error().message;
  EXPECT_THAT((*tree)->folders(), ElementsAre(top_ / name_));
  EXPECT_FALSE(fs::exists(own_ / "orc-service")) << "others are in it too: they are not moved, nor are we";
}

TEST_F(CgroupTreeTest, where_none_can_be_divided_it_says_what_was_tried_and_what_helps) {
  put(own_ / "cgroup.procs", "1\n");
  const auto tree = CgroupTree::open(mounts_, "tag");
  ASSERT_FALSE(tree);
  EXPECT_EQ(tree.error().code, ErrorCode::unavailable);
  for (const std::string& words : {own_.string(), top_.string(), std::string("Delegate=yes")})
    EXPECT_THAT(tree.error().message, HasSubstr(words));
  mounts_.unified.reset();
  EXPECT_THAT(CgroupTree::open(mounts_, "tag").error().message, HasSubstr("mount cgroup2"));
}

// The kernel divides no cgroup with processes in it: the control file comes when we have moved. A full pipe holds that move up.
TEST_F(CgroupTreeTest, a_service_alone_in_its_cgroup_moves_into_a_leaf_of_it) {
  put(own_ / "cgroup.procs", std::to_string(getpid()) + "\n");
  make_control(own_ / name_);
  const fs::path members = own_ / "orc-service" / "cgroup.procs";
  fs::create_directory(members.parent_path());
  ASSERT_EQ(mkfifo(members.c_str(), 0600), 0);
  const FileDescriptor pipe(::open(members.c_str(), O_RDWR | O_NONBLOCK | O_CLOEXEC));
  const std::string page(4096, 'x');
  while (write(pipe.get(), page.data(), page.size()) > 0) {}
  const FileDescriptor opened(inotify_init1(IN_CLOEXEC));
  ASSERT_GE(inotify_add_watch(opened.get(), members.c_str(), IN_OPEN), 0);
  std::string moved;
  std::jthread kernel([&] {
    std::array<char, 4096> part{};
    if (read(opened.get(), part.data(), part.size()) <= 0) return;
    make_control(own_);
    for (ssize_t size = 0; !moved.ends_with('0');) {
      size = read(pipe.get(), part.data(), part.size());
      if (size > 0) moved.append(part.data(), static_cast<std::size_t>(size));
    }
  });
  const auto tree = CgroupTree::open(mounts_, "tag");
  if (!tree) EXPECT_TRUE(write_kernel_file(members, "0")) << "or nobody would ever wake the kernel";
  kernel.join();
  ASSERT_TRUE(tree) << tree.error().message;
  EXPECT_THAT((*tree)->folders(), ElementsAre(own_ / name_));
  EXPECT_EQ(written_to_control(own_), "+memory+pids+cpu");
}

TEST_F(CgroupTreeTest, what_a_predecessor_of_the_same_data_left_goes_and_nobody_elses) {
  for (const fs::path& left : {own_ / "orc-tag-1" / "slot-0", top_ / "orc-tag-2", own_ / "orc-other-1"}) fs::create_directories(left);
  make_control(own_);
  make_control(own_ / name_);
  ASSERT_TRUE(CgroupTree::open(mounts_, "tag"));
  EXPECT_FALSE(fs::exists(own_ / "orc-tag-1"));
  EXPECT_FALSE(fs::exists(top_ / "orc-tag-2"));
  EXPECT_TRUE(fs::exists(own_ / "orc-other-1"));
}

}  // namespace
}  // namespace orc
