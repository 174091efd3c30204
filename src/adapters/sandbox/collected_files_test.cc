#include "adapters/sandbox/collected_files.h"

#include <gtest/gtest.h>
#include <vector>

namespace orc {
namespace {

// As orc-launch sends it (launch/collection.h).
constexpr std::uint64_t no_name = ~std::uint64_t{0};

std::string header(std::uint64_t bytes, std::uint64_t name_bytes) {
  const std::uint64_t numbers[] = {bytes, name_bytes};
  return {reinterpret_cast<const char*>(numbers), sizeof numbers};
}

std::string peak(std::uint64_t bytes) { return header(bytes, 0).substr(0, sizeof bytes); }

const std::string sent = "b" + header(3, 5) + "a.txt" + "abc" + header(0, 1) + "b" + header(2, no_name) + peak(4096);

std::vector<std::string> read_in_pieces(CollectedFiles& files, const std::string& all, std::size_t size) {
  std::vector<std::string> read;
  for (std::size_t at = 0; at < all.size(); at += size) {
    std::string_view piece = std::string_view(all).substr(at, size);
    while (!piece.empty())
      if (const auto file = files.take(piece)) read.push_back(file->name + "=" + file->bytes);
  }
  return read;
}

TEST(CollectedFilesTest, files_are_read_however_their_bytes_are_cut) {
  for (std::size_t size = 1; size <= sent.size(); ++size) {
    CollectedFiles files;
    EXPECT_FALSE(files.has_begun());
    EXPECT_EQ(read_in_pieces(files, sent, size), (std::vector<std::string>{"a.txt=abc", "b="})) << size;
    EXPECT_TRUE(files.is_complete());
    EXPECT_EQ(files.left_out(), 2U);
    EXPECT_EQ(files.peak_bytes(), 4096);
  }
}

TEST(CollectedFilesTest, what_is_cut_off_is_not_complete) {
  CollectedFiles files;
  EXPECT_EQ(read_in_pieces(files, sent.substr(0, 20), 7).size(), 0U);
  EXPECT_TRUE(files.has_begun());
  EXPECT_FALSE(files.is_complete());
  CollectedFiles nearly;
  EXPECT_EQ(read_in_pieces(nearly, sent.substr(0, sent.size() - 1), 7).size(), 2U);
  EXPECT_FALSE(nearly.is_complete());
}

TEST(CollectedFilesTest, a_header_beyond_the_limits_ends_it) {
  for (const std::string& bad : {header(1, 256), header(std::uint64_t{1} << 40, 1)}) {
    CollectedFiles files;
    EXPECT_EQ(read_in_pieces(files, "b" + bad + "more", 4).size(), 0U);
    EXPECT_TRUE(files.is_complete());
    EXPECT_EQ(files.left_out(), 1U);
  }
}

}  // namespace
}  // namespace orc
