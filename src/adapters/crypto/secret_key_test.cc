#include "adapters/crypto/secret_key.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "adapters/system/file_text.h"
#include "adapters/system/system_random.h"

namespace orc {
namespace {

class SecretKeyTest : public testing::Test {
 protected:
  SecretKeyTest() {
    std::string name = (std::filesystem::temp_directory_path() / "orc-secret-key-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
  }
  ~SecretKeyTest() override { std::filesystem::remove_all(folder_); }

  Result<std::string> load(std::optional<std::string> configured, Exposure exposure) {
    return load_secret_key(configured, exposure, folder_, random_);
  }

  SystemRandom random_;
  std::filesystem::path folder_;
};

TEST_F(SecretKeyTest, without_one_it_is_made_once_and_kept_for_the_owner_only) {
  const auto first = load(std::nullopt, Exposure::network);
  ASSERT_TRUE(first) << first.error().message;
  EXPECT_EQ(first->size(), 64U);
  EXPECT_EQ(load(std::nullopt, Exposure::loopback), first);
  EXPECT_EQ(load("", Exposure::network), first);
  struct stat status{};
  ASSERT_EQ(::stat((folder_ / "secret_key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
}

TEST_F(SecretKeyTest, beyond_loopback_a_guessable_key_is_refused_and_not_told) {
  for (const std::string key :
       {"secret", "0123456789abcdef0123456789abcde", "your-secret-key-change-in-production-please",
        "Change-Me-0123456789-0123456789-abcdef", "09d25e094faa6ca2556c818166b7a9563b93f7099f6f0f4caa6cf63b88e8d3e7",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}) {
    const auto refused = load(key, Exposure::network);
    ASSERT_FALSE(refused) << key;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
    EXPECT_FALSE(refused.error().message.contains(key)) << refused.error().message;
    EXPECT_EQ(load(key, Exposure::loopback), key);
  }
  EXPECT_EQ(load("5d41402abc4b2a76b9719d911017c592", Exposure::network), "5d41402abc4b2a76b9719d911017c592");
  EXPECT_FALSE(std::filesystem::exists(folder_ / "secret_key"));
}

TEST_F(SecretKeyTest, a_kept_key_that_others_may_read_or_that_is_too_short_stops_the_start) {
  ASSERT_TRUE(write_file(folder_ / "secret_key", std::string(64, 'k'), 0644));
  auto refused = load(std::nullopt, Exposure::loopback);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().message.contains("chmod 600")) << refused.error().message;
  ASSERT_TRUE(write_file(folder_ / "secret_key", "", 0600));
  refused = load(std::nullopt, Exposure::loopback);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
}

TEST_F(SecretKeyTest, a_folder_that_cannot_be_written_is_named) {
  folder_ /= "missing";
  const auto refused = load(std::nullopt, Exposure::loopback);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(refused.error().message.contains("secret_key")) << refused.error().message;
}

}  // namespace
}  // namespace orc
