#include "adapters/system/data_directory_instance.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "adapters/system/file_text.h"
#include "adapters/system/system_random.h"

namespace orc {
namespace {

namespace fs = std::filesystem;

class DataDirectoryInstance : public testing::Test {
 protected:
  DataDirectoryInstance() {
    std::string name = (fs::temp_directory_path() / "orc-instance-XXXXXX").string();
    root_ = ::mkdtemp(name.data());
    fs::create_directory(folder_ = root_ / "state");
  }
  ~DataDirectoryInstance() override { fs::remove_all(root_); }

  std::string instance_of(const fs::path& folder) {
    const auto loaded = load_instance(folder, random_);
    EXPECT_TRUE(loaded.has_value());
    return loaded.value_or("");
  }

  SystemRandom random_;
  fs::path root_;
  fs::path folder_;
};

TEST_F(DataDirectoryInstance, is_made_once) {
  const std::string first = instance_of(folder_);
  EXPECT_EQ(first.size(), 32u);
  EXPECT_EQ(instance_of(folder_), first);
}

TEST_F(DataDirectoryInstance, stays_when_the_directory_is_renamed) {
  const std::string first = instance_of(folder_);
  fs::rename(folder_, root_ / "moved");
  EXPECT_EQ(instance_of(root_ / "moved"), first);
}

TEST_F(DataDirectoryInstance, of_a_copy_is_another) {
  const std::string first = instance_of(folder_);
  fs::copy(folder_, root_ / "copy", fs::copy_options::recursive);
  const std::string second = instance_of(root_ / "copy");
  EXPECT_NE(second, first) << "the copy must not take the work of the living one";
  EXPECT_EQ(instance_of(root_ / "copy"), second);
  EXPECT_EQ(instance_of(folder_), first);
}

TEST_F(DataDirectoryInstance, that_cannot_be_read_as_one_is_made_anew) {
  for (const char* text : {"", "nonsense", "of inode"}) {
    ASSERT_TRUE(write_file(folder_ / "instance", text, 0600));
    EXPECT_EQ(instance_of(folder_).size(), 32u) << text;
  }
}

TEST_F(DataDirectoryInstance, of_a_directory_that_is_not_there_is_said_so) {
  const auto loaded = load_instance(root_ / "nowhere", random_);
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, ErrorCode::unavailable);
}

}  // namespace
}  // namespace orc
