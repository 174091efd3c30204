#include "adapters/sandbox/package_cache.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>

#include "tests/fakes/fake_clock.h"
#include "tests/fakes/fake_credentials.h"
#include "tests/fakes/memory_blobs.h"

namespace orc {
namespace {

namespace asio = boost::asio;
namespace fs = std::filesystem;

// One context stands for both executors: what blocks may block this test.
class PackageCacheTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = "/tmp/orc-package-test-XXXXXX";
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
    open_cache(1'000);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void open_cache(std::uint64_t bytes_max) {
    cache_.emplace(io_.get_executor(), io_.get_executor(), PackageCache::Settings{folder_, bytes_max}, blobs_,
                   [this](std::string_view archive, const fs::path& into) -> Result<void> {
                     ++unpacked_;
                     if (std::exchange(memory_is_short_, false)) throw std::bad_alloc();
                     if (archive.starts_with("broken")) return fail(ErrorCode::invalid_argument, "no tar");
                     std::ofstream(into / "file") << archive;
                     return {};
                   });
  }

  ContentHash put(std::string bytes) {
    ContentHash hash;
    asio::co_spawn(io_, [&]() -> asio::awaitable<void> { hash = (co_await blobs_.put(std::move(bytes))).value(); }, asio::detached);
    drain();
    return hash;
  }

  std::vector<Result<PackageLease>> get(std::vector<ContentHash> hashes) {
    std::vector<Result<PackageLease>> leases;
    for (const ContentHash& hash : hashes)
      asio::co_spawn(io_, [&, hash]() -> asio::awaitable<void> { leases.push_back(co_await cache_->get(hash)); }, asio::detached);
    drain();
    return leases;
  }

  void drain() {
    io_.run_for(std::chrono::seconds(20));
    io_.restart();
  }

  bool is_there(ContentHash hash) const { return fs::exists(folder_ / to_hex(hash)); }

  asio::io_context io_{1};
  FakeClock clock_;
  MemoryState state_{clock_};
  FakeDigest digest_;
  MemoryBlobStore blobs_{state_, digest_};
  fs::path folder_;
  int unpacked_ = 0;
  bool memory_is_short_ = false;  // once
  std::optional<PackageCache> cache_;
};

TEST_F(PackageCacheTest, many_who_ask_at_once_get_one_unpacking) {
  const ContentHash hash = put("program");
  const auto leases = get({hash, hash, hash});
  ASSERT_EQ(leases.size(), 3U);
  for (const auto& lease : leases) EXPECT_EQ((*lease)->folder, folder_ / to_hex(hash));
  EXPECT_TRUE(fs::exists(folder_ / to_hex(hash) / "file"));
  EXPECT_EQ(unpacked_, 1);
}

TEST_F(PackageCacheTest, an_unpacking_that_throws_is_tried_again_by_whoever_waits_for_it) {
  const ContentHash hash = put("program");
  memory_is_short_ = true;
  EXPECT_EQ(get({hash, hash, hash}).size(), 2U) << "the first got the exception";
  EXPECT_EQ(unpacked_, 2);
  EXPECT_TRUE(is_there(hash));
}

TEST_F(PackageCacheTest, a_package_outlives_the_cache_and_is_not_unpacked_again) {
  const ContentHash hash = put("program");
  get({hash});
  open_cache(1'000);
  EXPECT_TRUE(get({hash}).front());
  EXPECT_EQ(unpacked_, 1);
}

TEST_F(PackageCacheTest, a_broken_archive_leaves_nothing_and_is_tried_again) {
  const ContentHash hash = put("broken");
  for (int i = 1; i <= 2; ++i) {
    const auto leases = get({hash, hash});
    EXPECT_EQ(leases[0].error().message, "no tar");
    EXPECT_EQ(leases[1].error().message, "no tar");
    EXPECT_TRUE(fs::is_empty(folder_));
  }
}

TEST_F(PackageCacheTest, a_missing_archive_is_not_found) { EXPECT_EQ(get({ContentHash{}}).front().error().code, ErrorCode::not_found); }

TEST_F(PackageCacheTest, what_a_crash_left_half_done_is_removed) {
  fs::create_directories(folder_ / ".half");
  get({put("program")});
  EXPECT_FALSE(fs::exists(folder_ / ".half"));
}

TEST_F(PackageCacheTest, the_one_unused_for_longest_goes_and_what_is_in_use_stays) {
  const ContentHash first = put(std::string(400, 'a'));
  const ContentHash second = put(std::string(400, 'b'));
  const ContentHash third = put(std::string(400, 'c'));
  get({first});
  get({second});
  const auto held = get({first});
  get({third});
  EXPECT_TRUE(is_there(first) && is_there(third));
  EXPECT_FALSE(is_there(second));
  get({second});
  EXPECT_TRUE(is_there(first)) << "it is held";
  EXPECT_FALSE(is_there(third));
  EXPECT_TRUE(is_there(second));
}

}  // namespace
}  // namespace orc
