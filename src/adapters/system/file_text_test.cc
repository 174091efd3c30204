#include "adapters/system/file_text.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

namespace orc {
namespace {

class FileTextTest : public testing::Test {
 protected:
  FileTextTest() {
    std::string name = (std::filesystem::temp_directory_path() / "orc-file-text-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~FileTextTest() override { std::filesystem::remove_all(folder_); }

  std::size_t files_in_folder() const {
    return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder_), std::filesystem::directory_iterator()));
  }

  std::filesystem::path folder_;
};

TEST_F(FileTextTest, what_was_written_is_read_whatever_its_size) {
  for (const std::size_t size : {0U, 1U, 16'383U, 16'384U, 16'385U, 1'000'000U}) {
    const std::string bytes(size, 'x');
    ASSERT_TRUE(write_file(folder_ / "file", bytes, 0640));
    EXPECT_EQ(read_file(folder_ / "file", 1'000'000), bytes);
  }
  EXPECT_EQ(files_in_folder(), 1U);
}

TEST_F(FileTextTest, the_mode_is_exact_whatever_the_umask) {
  const auto before = ::umask(0);
  ASSERT_TRUE(write_file(folder_ / "secret", "x", 0600));
  ::umask(0077);
  ASSERT_TRUE(write_file(folder_ / "open", "x", 0644));
  ::umask(before);
  struct stat status{};
  ASSERT_EQ(::stat((folder_ / "secret").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  ASSERT_EQ(::stat((folder_ / "open").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0644U);
}

TEST_F(FileTextTest, a_file_beyond_the_limit_is_refused) {
  ASSERT_TRUE(write_file(folder_ / "file", "12345", 0600));
  EXPECT_TRUE(read_file(folder_ / "file", 5));
  const auto refused = read_file(folder_ / "file", 4);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::resource_exhausted);
}

TEST_F(FileTextTest, what_cannot_be_read_or_written_is_named) {
  const auto missing = read_file(folder_ / "missing", 10);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, ErrorCode::not_found);
  EXPECT_TRUE(missing.error().message.contains("missing: No such file")) << missing.error().message;
  EXPECT_EQ(read_file(folder_, 10).error().code, ErrorCode::unavailable);
  EXPECT_EQ(write_file(folder_ / "no" / "folder", "x", 0600).error().code, ErrorCode::unavailable);
}

TEST_F(FileTextTest, a_failed_replacement_leaves_nothing_behind) {
  std::filesystem::create_directory(folder_ / "folder");
  ASSERT_FALSE(write_file(folder_ / "folder", "x", 0600));
  EXPECT_EQ(files_in_folder(), 1U);
}

}  // namespace
}  // namespace orc
