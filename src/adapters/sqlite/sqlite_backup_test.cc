#include "adapters/sqlite/sqlite_backup.h"

#include <fstream>
#include <gmock/gmock.h>
#include <map>

#include "adapters/crypto/sha256_digest.h"
#include "adapters/sqlite/sqlite_store.h"
#include "adapters/sqlite/temporary_folder.h"
#include "tests/contract/run_async.h"
#include "tests/fakes/fake_clock.h"

namespace orc {
namespace {

using testing::HasSubstr;

// A store that knows of one upload, and the bytes that its blob store has.
struct SqliteBackup : testing::Test {
  void SetUp() override {
    blobs[hash] = "bytes";
    ok(store->blobs().record(hash, 5, UserId{1}));
  }

  void sweep() {
    EXPECT_EQ(ok(store->blobs().forget_unreferenced({hash}, clock.now() + std::chrono::hours{1})).size(), 1U);
    blobs.clear();
  }

  Result<void> back_up() {
    return sqlite::copy_database({.file = file}, copy, [this](const sqlite::TakeBlob& take) -> Result<void> {
      ++given;
      before_blobs();
      for (const auto& [name, bytes] : blobs)
        if (auto taken = take({.hash = name, .bytes = bytes}); !taken) return taken;
      return {};
    });
  }

  std::int64_t query_copy(const char* sql) { return sqlite::Connection({.file = copy}, sqlite::Access::read_only).query_integer(sql); }

  TemporaryFolder folder;
  TemporaryFolder target;
  const std::filesystem::path file = folder.path() / "orc.db";
  const std::filesystem::path copy = target.path() / "copy.db";
  FakeClock clock;
  Sha256Digest digest;
  const ContentHash hash = digest.sha256("bytes");
  std::unique_ptr<SqliteStore> store = ok(SqliteStore::open({.file = file}, clock, digest));
  std::map<ContentHash, std::string> blobs;
  std::function<void()> before_blobs = [] {};  // after the rows were copied
  int given = 0;
};

TEST_F(SqliteBackup, carries_its_blobs_until_they_are_unpacked) {
  ASSERT_TRUE(back_up());
  std::map<ContentHash, std::string> unpacked;
  for (int i = 0; i < 2; ++i)
    ASSERT_TRUE(sqlite::unpack_backup({.file = copy}, [&](const sqlite::CarriedBlob& blob) -> Result<void> {
      unpacked[blob.hash] = blob.bytes;
      return {};
    }));
  EXPECT_EQ(unpacked, blobs);
  EXPECT_EQ(query_copy("SELECT count(*) FROM blobs"), 1);
  EXPECT_EQ(query_copy("SELECT count(*) FROM sqlite_schema WHERE name = 'backup_blobs'"), 0);
}

TEST_F(SqliteBackup, begins_again_when_a_blob_was_swept_after_its_rows_were_copied) {
  before_blobs = [this] {
    if (given == 1) sweep();
  };
  ASSERT_TRUE(back_up());
  EXPECT_EQ(given, 2);
  EXPECT_EQ(query_copy("SELECT count(*) FROM blobs"), 0);
  EXPECT_EQ(query_copy("SELECT count(*) FROM backup_blobs"), 0);
}

TEST_F(SqliteBackup, of_a_store_that_has_lost_a_blob_fails_and_leaves_nothing) {
  blobs.clear();
  const auto failed = back_up();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, ErrorCode::unavailable);
  EXPECT_THAT(failed.error().message, HasSubstr(to_hex(hash)));
  EXPECT_EQ(given, sqlite::backup_tries_max);
  EXPECT_TRUE(std::filesystem::is_empty(target.path()));
}

TEST_F(SqliteBackup, a_file_that_is_no_database_is_told_with_what_to_do) {
  std::ofstream(copy) << std::string(8192, 'x');
  const auto failed = sqlite::unpack_backup({.file = copy}, [](const sqlite::CarriedBlob&) -> Result<void> { return {}; });
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("cannot be read"));
  EXPECT_THAT(failed.error().message, HasSubstr("put the last backup in its place"));
}

TEST_F(SqliteBackup, never_replaces_a_file) {
  before_blobs = [this] { sqlite::Connection({.file = copy}, sqlite::Access::create).execute("CREATE TABLE theirs (a INTEGER)"); };
  EXPECT_EQ(back_up().error().code, ErrorCode::conflict);
  EXPECT_EQ(back_up().error().code, ErrorCode::conflict);
  EXPECT_EQ(query_copy("SELECT count(*) FROM sqlite_schema WHERE name = 'theirs'"), 1);
}

}  // namespace
}  // namespace orc
