#include "adapters/sandbox/request_folders.h"

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "domain/job/artifact.h"

namespace orc {
namespace {

namespace fs = std::filesystem;

class RequestFoldersTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = "/tmp/orc-request-folders-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    root_ = name;
    fs::create_directory(root_ / "output");
    std::ofstream(root_ / "secret") << "of the host";
  }
  void TearDown() override { fs::remove_all(root_); }

  RequestFolders folders(std::optional<std::uint32_t> owner = {}) {
    return RequestFolders(
        [this]() -> Result<FileDescriptor> {
          ++opened_;
          return FileDescriptor(open((root_ / "output").c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        },
        owner);
  }
  fs::path in(const std::string& path) const { return root_ / "output" / path; }
  void write(const std::string& path, const std::string& text) const { std::ofstream(in(path)) << text; }
  bool is_empty() const { return fs::is_empty(root_ / "output"); }

  fs::path root_;
  int opened_ = 0;
};

TEST_F(RequestFoldersTest, a_folder_is_made_looked_at_and_removed_with_all_that_is_in_it) {
  RequestFolders tested = folders();
  ASSERT_TRUE(tested.make("1") && tested.make("2"));
  EXPECT_EQ(opened_, 1);
  write("1/b", "two");
  write("1/a", "one");
  fs::create_directories(in("1/deep/er"));
  write("1/deep/er/file", "x");
  const auto left = tested.look("1");
  ASSERT_EQ(left.files.size(), 2U);
  EXPECT_EQ(left.files[0].name, "a");
  EXPECT_EQ(left.files[1].bytes, 3);
  EXPECT_EQ(left.left_out, 1U);
  EXPECT_EQ(tested.read("1", left.files[1]), "two");
  EXPECT_TRUE(tested.look("2").files.empty());
  EXPECT_TRUE(tested.remove("1") && tested.remove("2") && tested.remove("2"));
  EXPECT_TRUE(is_empty());
}

TEST_F(RequestFoldersTest, what_stood_in_its_place_goes) {
  RequestFolders tested = folders();
  fs::create_directory(in("1"));
  write("1/of_another", "x");
  fs::create_symlink(root_, in("2"));
  ASSERT_TRUE(tested.make("1") && tested.make("2"));
  EXPECT_TRUE(tested.look("1").files.empty());
  write("2/file", "x");
  EXPECT_FALSE(fs::exists(root_ / "file")) << "a link was followed";
}

TEST_F(RequestFoldersTest, no_link_is_followed_and_nothing_but_files_is_read) {
  RequestFolders tested = folders();
  ASSERT_TRUE(tested.make("1"));
  fs::create_symlink(root_ / "secret", in("1/link"));
  ASSERT_EQ(mkfifo(in("1/fifo").c_str(), 0600), 0);
  const auto left = tested.look("1");
  EXPECT_TRUE(left.files.empty());
  EXPECT_EQ(left.left_out, 2U);
  for (const char* swapped : {"link", "fifo", "absent"}) EXPECT_FALSE(tested.read("1", {.name = swapped, .bytes = 100})) << swapped;
  EXPECT_TRUE(tested.remove("1"));
  EXPECT_TRUE(fs::exists(root_ / "secret"));
  // The folder itself gives way to a link.
  fs::create_symlink(root_, in("1"));
  EXPECT_TRUE(tested.look("1").files.empty());
  EXPECT_FALSE(tested.read("1", {.name = "secret", .bytes = 100}));
  EXPECT_TRUE(tested.remove("1") && fs::exists(root_ / "secret"));
}

TEST_F(RequestFoldersTest, a_file_of_somebody_else_is_not_read_by_a_second_name_for_it) {
  if (geteuid() != 0) GTEST_SKIP() << "only root may give files away";
  RequestFolders tested = folders(54'321);
  ASSERT_TRUE(tested.make("1"));
  struct stat facts{};
  ASSERT_EQ(stat(in("1").c_str(), &facts), 0);
  EXPECT_EQ(facts.st_uid, 54'321U);
  EXPECT_EQ(facts.st_mode & 0777U, 0700U);
  fs::create_hard_link(root_ / "secret", in("1/mine"));
  const auto left = tested.look("1");
  ASSERT_EQ(left.files.size(), 1U);
  EXPECT_FALSE(tested.read("1", left.files[0]));
}

TEST_F(RequestFoldersTest, files_are_bounded_in_number_and_size) {
  RequestFolders tested = folders();
  ASSERT_TRUE(tested.make("1") && tested.make("2"));
  for (std::size_t i = 0; i < artifacts_max + 50; ++i) write("1/" + std::to_string(i), "");
  EXPECT_EQ(tested.look("1").files.size(), artifacts_max);
  EXPECT_EQ(tested.look("1").left_out, 50U);
  for (const char* name : {"a", "b", "c", "d", "e"}) {
    write(std::string("2/") + name, "");
    fs::resize_file(in(std::string("2/") + name), artifact_bytes_max);
  }
  write("2/too_large", "");
  fs::resize_file(in("2/too_large"), artifact_bytes_max + 1);
  EXPECT_EQ(tested.look("2").files.size(), 4U) << "256 MiB together";
  EXPECT_EQ(tested.look("2").left_out, 2U);
}

TEST_F(RequestFoldersTest, a_file_that_has_changed_is_read_as_it_is_now_and_no_further_than_it_was) {
  RequestFolders tested = folders();
  ASSERT_TRUE(tested.make("1"));
  write("1/file", "0123456789");
  const auto left = tested.look("1");
  write("1/file", "01");
  EXPECT_EQ(tested.read("1", left.files[0]), "01");
  write("1/file", "0123456789abc");
  EXPECT_EQ(tested.read("1", left.files[0]), "0123456789");
}

TEST_F(RequestFoldersTest, what_is_too_deep_to_be_removed_is_an_error) {
  RequestFolders tested = folders();
  ASSERT_TRUE(tested.make("1"));
  std::string path = "1";
  for (int i = 0; i < 70; ++i) path += "/d";
  fs::create_directories(in(path));
  EXPECT_FALSE(tested.remove("1"));
}

TEST_F(RequestFoldersTest, a_folder_that_is_closed_goes_too) {
  RequestFolders tested = folders();
  ASSERT_TRUE(tested.make("1"));
  fs::create_directory(in("1/closed"));
  write("1/closed/file", "x");
  ASSERT_EQ(chmod(in("1/closed").c_str(), 0), 0);
  ASSERT_EQ(chmod(in("1").c_str(), 0), 0);
  EXPECT_TRUE(tested.remove("1"));
  EXPECT_TRUE(is_empty());
}

TEST_F(RequestFoldersTest, where_the_output_folder_cannot_be_reached_no_request_has_one) {
  RequestFolders tested([]() -> Result<FileDescriptor> { return fail(ErrorCode::invalid_argument, "not here"); }, {});
  const auto made = tested.make("1");
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().message, "not here");
  EXPECT_TRUE(tested.look("1").files.empty());
}

}  // namespace
}  // namespace orc
