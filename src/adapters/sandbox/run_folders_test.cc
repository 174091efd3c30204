#include "adapters/sandbox/run_folders.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "adapters/system/file_text.h"

namespace orc {
namespace {

namespace fs = std::filesystem;

class RunFoldersTest : public testing::Test {
 protected:
  RunFoldersTest() {
    std::string name = (fs::temp_directory_path() / "orc-run-folders-XXXXXX").string();
    slot_ = fs::path(mkdtemp(name.data())) / "slot";
  }
  ~RunFoldersTest() override { fs::remove_all(slot_.parent_path()); }

  // As a worker does that is killed, or cannot remove what a run has closed.
  void leave_something(const fs::path& folder) {
    const fs::path closed = folder / "closed";
    fs::create_directories(closed);
    ASSERT_TRUE(write_file(closed / "secret", "of another job", 0600));
    ASSERT_EQ(chmod(closed.c_str(), 0), 0);
  }

  fs::path slot_;
};

TEST_F(RunFoldersTest, what_an_earlier_run_left_is_not_there_for_the_next) {
  for (const OutputOf output : {OutputOf::run, OutputOf::requests}) {
    for (const char* folder : {"scratch", "output"}) leave_something(slot_ / folder);
    ASSERT_TRUE(make_run_folders(slot_, {}, output));
    for (const char* folder : {"scratch", "output"}) EXPECT_TRUE(fs::is_empty(slot_ / folder)) << folder;
  }
}

TEST_F(RunFoldersTest, the_files_of_the_input_stay) {
  ASSERT_TRUE(make_input_folder(slot_ / "input"));
  ASSERT_TRUE(write_file(slot_ / "input" / "file", "of this run", 0644));
  ASSERT_TRUE(make_run_folders(slot_, {}, OutputOf::run));
  EXPECT_EQ(read_file(slot_ / "input" / "file", 100), "of this run");
}

TEST_F(RunFoldersTest, files_of_an_earlier_input_are_not_there_for_the_next) {
  leave_something(slot_ / "input");
  ASSERT_TRUE(make_input_folder(slot_ / "input"));
  EXPECT_TRUE(fs::is_empty(slot_ / "input"));
}

TEST_F(RunFoldersTest, a_link_in_the_place_of_a_folder_goes_and_what_it_names_stays) {
  const fs::path outside = slot_.parent_path() / "outside";
  fs::create_directories(slot_);
  fs::create_directory(outside);
  ASSERT_TRUE(write_file(outside / "file", "untouched", 0644));
  fs::create_directory_symlink(outside, slot_ / "scratch");
  ASSERT_TRUE(make_run_folders(slot_, {}, OutputOf::run));
  EXPECT_TRUE(fs::is_directory(fs::symlink_status(slot_ / "scratch")));
  EXPECT_EQ(read_file(outside / "file", 100), "untouched");
}

}  // namespace
}  // namespace orc
