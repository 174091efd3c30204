#include "adapters/rest/blob_references.h"

#include <gtest/gtest.h>

#include "adapters/json/json_document.h"

namespace orc {
namespace {

const std::string zeros(64, '0');
const std::string ones(64, '1');

BlobReferences find(const std::string& text) {
  const auto document = JsonDocument::parse(text);
  EXPECT_TRUE(document) << text;
  return find_blob_references(document->root());
}

TEST(blob_references, are_found_at_any_depth_and_told_once) {
  const auto found = find(R"({"a": [{"$blob": "sha256:)" + ones + R"("}], "b": {"c": {"$blob": "sha256:)" + zeros +
                          R"("}}, "d": {"$blob": "sha256:)" + ones + "\"}}");
  ASSERT_EQ(found.hashes.size(), 2U);
  EXPECT_EQ(to_hex(found.hashes[0]), zeros);
  EXPECT_EQ(to_hex(found.hashes[1]), ones);
  EXPECT_TRUE(found.malformed.empty());
}

TEST(blob_references, are_found_behind_escapes) { EXPECT_EQ(find(R"({"a": {"\u0024blob": "sha256:)" + ones + "\"}}").hashes.size(), 1U); }

TEST(blob_references, an_object_with_more_than_a_reference_is_none) {
  const auto found = find(R"({"a": {"$blob": "sha256:)" + ones + R"(", "more": 1}, "b": "$blob", "c": ["$blob"]})");
  EXPECT_TRUE(found.hashes.empty() && found.malformed.empty());
}

TEST(blob_references, a_malformed_one_is_named_by_its_pointer) {
  for (const std::string value : {"1", "null", "\"\"", "\"sha256:12\"", "\"sha1:12\"", "{}"}) {
    const auto found = find(R"({"a/b": [0, {"$blob": )" + value + "}]}");
    EXPECT_EQ(found.malformed, std::vector<std::string>{"/a~1b/1"}) << value;
  }
  EXPECT_EQ(find(R"({"a": {"$blob": "sha256:)" + std::string(64, 'A') + "\"}}").malformed.size(), 1U);
}

}  // namespace
}  // namespace orc
