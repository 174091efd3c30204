#include "adapters/blob_store/blob_folder.h"

#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <thread>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_credentials.h"

namespace orc {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

struct BlobFolderTest : testing::Test {
  BlobFolderTest() {
    std::string name = (fs::temp_directory_path() / "orc-blobs-XXXXXX").string();
    root = ::mkdtemp(name.data());
    blobs = reopened();
  }
  ~BlobFolderTest() override { fs::remove_all(root); }

  std::unique_ptr<BlobFolder> reopened() const {
    auto opened = BlobFolder::open(root);
    EXPECT_TRUE(opened.has_value());
    return std::move(*opened);
  }
  ContentHash hash_of(std::string_view bytes) { return digest.sha256(bytes); }
  fs::path file_of(const ContentHash& hash) const { return root / to_hex(hash).substr(0, 2) / to_hex(hash); }
  void write(const fs::path& path, std::string_view bytes) { std::ofstream(path, std::ios::binary) << bytes; }

  fs::path root;
  FakeDigest digest;
  Timestamp now = FakeClock::start;
  std::unique_ptr<BlobFolder> blobs;
};

TEST_F(BlobFolderTest, a_blob_outlives_the_process_under_its_hash) {
  const ContentHash hash = hash_of("bytes");
  ASSERT_TRUE(blobs->put(hash, "bytes", now));
  EXPECT_TRUE(fs::exists(file_of(hash)));
  EXPECT_EQ(reopened()->get(hash), "bytes");
}

TEST_F(BlobFolderTest, nobody_else_on_the_host_reads_blobs) {
  const ContentHash hash = hash_of("bytes");
  ASSERT_TRUE(blobs->put(hash, "bytes", now));
  EXPECT_EQ(fs::status(file_of(hash)).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(fs::status(file_of(hash).parent_path()).permissions(), fs::perms::owner_all);
}

TEST_F(BlobFolderTest, what_a_predecessor_left_half_written_is_removed_and_blobs_stay) {
  const ContentHash hash = hash_of("bytes");
  ASSERT_TRUE(blobs->put(hash, "bytes", now));
  write(root / "incoming" / "17", "half of a b");
  const auto next = reopened();
  EXPECT_TRUE(fs::is_empty(root / "incoming"));
  EXPECT_TRUE(next->get(hash).has_value());
}

TEST_F(BlobFolderTest, nothing_stays_under_incoming) {
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(blobs->put(hash_of(std::to_string(i)), std::to_string(i), now));
  EXPECT_TRUE(fs::is_empty(root / "incoming"));
}

TEST_F(BlobFolderTest, a_blob_of_the_wrong_size_is_replaced_when_it_comes_again) {
  const ContentHash hash = hash_of("bytes");
  ASSERT_TRUE(blobs->put(hash, "bytes", now));
  write(file_of(hash), "byt");
  ASSERT_TRUE(blobs->put(hash, "bytes", now));
  EXPECT_EQ(blobs->get(hash), "bytes");
}

TEST_F(BlobFolderTest, files_that_are_not_ours_are_neither_named_nor_in_the_way) {
  write(root / "ab" / "README", "by hand");
  write(root / "lost+found", "by the system");
  EXPECT_EQ(blobs->older_than(now + 1000h * 1000, {}, 10)->size(), 0u);
  EXPECT_TRUE(BlobFolder::open(root).has_value());
}

TEST_F(BlobFolderTest, a_folder_that_cannot_be_made_is_said_so_with_its_name) {
  write(root / "file", "");
  const auto opened = BlobFolder::open(root / "file" / "blobs");
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(opened.error().message.contains((root / "file" / "blobs").string())) << opened.error().message;
}

TEST_F(BlobFolderTest, a_put_that_fails_leaves_nothing_behind) {
  const ContentHash hash = hash_of("bytes");
  fs::remove(file_of(hash).parent_path());
  const auto put = blobs->put(hash, "bytes", now);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(fs::is_empty(root / "incoming"));
}

// A sweeper looks, somebody puts the blob again, the sweeper removes: the blob must be there afterwards.
TEST_F(BlobFolderTest, a_removal_never_takes_what_was_put_after_the_cutoff) {
  const ContentHash hash = hash_of("bytes");
  const Timestamp cutoff = now + 1h;
  for (int round = 0; round < 200; ++round) {
    ASSERT_TRUE(blobs->put(hash, "bytes", now));  // an old one
    std::thread sweeper([&] {
      for (int i = 0; i < 3; ++i) EXPECT_TRUE(blobs->remove(hash, cutoff).has_value());
    });
    EXPECT_TRUE(blobs->put(hash, "bytes", cutoff).has_value());
    sweeper.join();
    ASSERT_EQ(blobs->get(hash), "bytes") << "round " << round;
  }
}

TEST_F(BlobFolderTest, many_threads_put_the_same_and_different_blobs) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) EXPECT_TRUE(blobs->put(hash_of(std::to_string(i)), std::to_string(i), now).has_value());
    });
  for (std::thread& thread : threads) thread.join();
  for (int i = 0; i < 25; ++i) EXPECT_EQ(blobs->get(hash_of(std::to_string(i))), std::to_string(i));
  EXPECT_TRUE(fs::is_empty(root / "incoming"));
}

}  // namespace
}  // namespace orc
