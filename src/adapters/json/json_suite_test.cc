// Every document of JSONTestSuite (tests/golden/json) about which JSON's standard leaves no choice.
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <string>
#include <vector>

#include "adapters/json/json_document.h"

namespace orc {
namespace {

struct SuiteDocument {
  std::string name;
  std::string text;
};

// The documents whose names begin with `kind`: "y_" must be read, "n_" must be refused.
std::vector<SuiteDocument> documents(std::string_view kind) {
  std::vector<SuiteDocument> found;
  for (const auto& entry : std::filesystem::directory_iterator(ORC_GOLDEN_FOLDER)) {
    std::string name = entry.path().filename().string();
    if (!name.starts_with(kind)) continue;
    std::ifstream file(entry.path(), std::ios::binary);
    found.push_back({.name = std::move(name), .text = {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()}});
  }
  return found;
}

TEST(JsonSuite, what_is_no_json_is_refused) {
  const auto all = documents("n_");
  EXPECT_EQ(all.size(), 188U);
  for (const auto& [name, text] : all) EXPECT_FALSE(JsonDocument::parse(text)) << name;
}

TEST(JsonSuite, what_is_json_is_read_unless_two_readers_could_take_it_differently) {
  const auto all = documents("y_");
  EXPECT_EQ(all.size(), 95U);
  for (const auto& [name, text] : all) {
    const bool repeats_a_name = name.starts_with("y_object_duplicated_key");
    EXPECT_EQ(JsonDocument::parse(text).has_value(), !repeats_a_name) << name;
  }
}

}  // namespace
}  // namespace orc
