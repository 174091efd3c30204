#include "adapters/package/package_packer.h"

#include <filesystem>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "adapters/package/package_scan.h"
#include "adapters/package/package_unpacker.h"
#include "adapters/system/file_text.h"

namespace orc {
namespace {

namespace fs = std::filesystem;

class PackagePackerTest : public testing::Test {
 protected:
  PackagePackerTest() {
    std::string name = (fs::temp_directory_path() / "orc-pack-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    fs::create_directories(from() / "lib");
    put("plugin.json", "{}", 0600);
    put("run", "#!/bin/sh\n", 0700);
    put("lib/größe.txt", "ü", 0644);
    fs::create_symlink("../run", from() / "lib" / "up");
  }
  ~PackagePackerTest() override { fs::remove_all(folder_); }

  fs::path from() const { return folder_ / "from"; }
  void put(const fs::path& path, std::string_view bytes, mode_t mode) { ASSERT_TRUE(write_file(from() / path, bytes, mode)); }

  fs::path folder_;
};

TEST_F(PackagePackerTest, a_packed_folder_unpacks_to_the_same_files) {
  const auto tar = pack_folder(from());
  ASSERT_TRUE(tar) << tar.error().message;
  fs::create_directory(folder_ / "into");
  const auto unpacked = unpack(*tar, folder_ / "into");
  ASSERT_TRUE(unpacked) << unpacked.error().message;
  EXPECT_EQ(read_file(folder_ / "into/lib/größe.txt", 10), "ü");
  EXPECT_EQ(read_file(folder_ / "into/lib/up", 20), "#!/bin/sh\n");
  EXPECT_EQ(::access((folder_ / "into/run").c_str(), X_OK), 0);
}

TEST_F(PackagePackerTest, the_same_files_give_the_same_bytes_whenever_and_whoever_packs) {
  const auto first = pack_folder(from());
  fs::last_write_time(from() / "run", fs::file_time_type::clock::now() - std::chrono::hours(5));
  fs::permissions(from() / "plugin.json", fs::perms::owner_read | fs::perms::owner_write | fs::perms::group_read);
  EXPECT_EQ(pack_folder(from()), first);
  put("run", "#!/bin/bash\n", 0700);
  EXPECT_NE(pack_folder(from()), first);
}

TEST_F(PackagePackerTest, leavings_stay_out) {
  const auto before = pack_folder(from());
  fs::create_directories(from() / ".git" / "objects");
  fs::create_directories(from() / "__pycache__");
  put(".git/objects/x", "x", 0644);
  put("run~", "x", 0644);
  put("lib/a.pyc", "x", 0644);
  EXPECT_EQ(pack_folder(from()), before);
}

TEST_F(PackagePackerTest, what_is_no_plugin_folder_is_named) {
  EXPECT_EQ(pack_folder(folder_ / "missing").error().code, ErrorCode::not_found);
  fs::remove(from() / "plugin.json");
  EXPECT_TRUE(pack_folder(from()).error().message.contains("plugin.json is missing"));
}

TEST_F(PackagePackerTest, a_fifo_is_refused_and_not_read) {
  ASSERT_EQ(::mkfifo((from() / "fifo").c_str(), 0600), 0);
  EXPECT_EQ(pack_folder(from()).error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace orc
