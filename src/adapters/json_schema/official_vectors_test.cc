// Every required case of the official test suite, and schemas as other tools make them in the same form.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/json_schema/json_schema.h"

namespace orc {
namespace {

// What we do not do, by file and group. A group that is listed and works all the same fails the test.
struct Exception {
  std::string_view file;
  std::string_view group;
};

// These schemas refer to documents that the suite serves on localhost. We fetch nothing, so they are refused at registration.
constexpr Exception remote_references[] = {
    {"draft2020-12/refRemote.json", "remote ref"},
    {"draft2020-12/refRemote.json", "fragment within remote ref"},
    {"draft2020-12/refRemote.json", "anchor within remote ref"},
    {"draft2020-12/refRemote.json", "ref within remote ref"},
    {"draft2020-12/refRemote.json", "base URI change"},
    {"draft2020-12/refRemote.json", "base URI change - change folder"},
    {"draft2020-12/refRemote.json", "base URI change - change folder in subschema"},
    {"draft2020-12/refRemote.json", "root ref in remote ref"},
    {"draft2020-12/refRemote.json", "remote ref with ref to defs"},
    {"draft2020-12/refRemote.json", "Location-independent identifier in remote ref"},
    {"draft2020-12/refRemote.json", "retrieved nested refs resolve relative to their URI not $id"},
    {"draft2020-12/refRemote.json", "remote HTTP ref with different $id"},
    {"draft2020-12/refRemote.json", "remote HTTP ref with different URN $id"},
    {"draft2020-12/refRemote.json", "remote HTTP ref with nested absolute ref"},
    {"draft2020-12/refRemote.json", "$ref to $ref finds detached $anchor"},
    {"draft2020-12/dynamicRef.json", "strict-tree schema, guards against misspelled properties"},
    {"draft2020-12/dynamicRef.json", "tests for implementation dynamic anchor and reference link"},
    {"draft2020-12/dynamicRef.json", "$ref and $dynamicAnchor are independent of order - $defs first"},
    {"draft2020-12/dynamicRef.json", "$ref and $dynamicAnchor are independent of order - $ref first"},
    {"draft2020-12/dynamicRef.json", "$ref to $dynamicRef finds detached $dynamicAnchor"},
    {"draft7/refRemote.json", "remote ref"},
    {"draft7/refRemote.json", "fragment within remote ref"},
    {"draft7/refRemote.json", "ref within remote ref"},
    {"draft7/refRemote.json", "base URI change"},
    {"draft7/refRemote.json", "base URI change - change folder"},
    {"draft7/refRemote.json", "base URI change - change folder in subschema"},
    {"draft7/refRemote.json", "root ref in remote ref"},
    {"draft7/refRemote.json", "remote ref with ref to definitions"},
    {"draft7/refRemote.json", "Location-independent identifier in remote ref"},
    {"draft7/refRemote.json", "retrieved nested refs resolve relative to their URI not $id"},
    {"draft7/refRemote.json", "$ref to $ref finds location-independent $id"},
};

// These name a meta-schema of their own that the suite serves: a dialect that we cannot know, refused at registration too.
constexpr Exception remote_dialects[] = {
    {"draft2020-12/vocabulary.json", "schema that uses custom metaschema with with no validation vocabulary"},
    {"draft2020-12/vocabulary.json", "ignore unrecognized optional vocabulary"},
};

struct Totals {
  int right = 0;
  int refused = 0;  // cases of groups whose schema we refuse
  std::set<std::pair<std::string, std::string>> refused_groups;
};

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

bool is_among(std::span<const Exception> exceptions, const std::string& file, const std::string& group) {
  return std::ranges::any_of(exceptions, [&](const Exception& e) { return e.file == file && e.group == group; });
}

// draft-07's files do not say their dialect in the schema; an absent $schema means 2020-12 to us.
std::string schema_text(JsonValue schema, std::string_view folder) {
  if (folder != "draft7" || !schema.is_object() || schema.find("$schema")) return std::string(schema.raw());
  return R"({"$schema":"http://json-schema.org/draft-07/schema#")" + std::string(schema.size() > 0 ? "," : "") +
         std::string(schema.raw().substr(1));
}

void run_group(const SchemaCompiler& compiler, const std::string& file, JsonValue group, Totals& totals) {
  const std::string name = group.find("description")->string();
  const auto schema = compiler.compile(schema_text(*group.find("schema"), file.substr(0, file.find('/'))));
  if (!schema) {
    totals.refused_groups.emplace(file, name);
    totals.refused += static_cast<int>(group.find("tests")->size());
    const std::string& reason = schema.error().message;
    const bool is_expected = is_among(remote_references, file, name) ? reason.contains("leads out of the schema")
                                                                     : is_among(remote_dialects, file, name) && reason.contains("dialect");
    EXPECT_TRUE(is_expected) << file << ": " << name << ": " << reason;
    return;
  }
  for (const auto test : group.find("tests")->elements()) {
    const std::string test_name = test.find("description")->string();
    const auto fits = (*schema)->validate(*test.find("data"));
    const bool right = fits.has_value() == test.find("valid")->as_boolean();
    EXPECT_TRUE(right) << file << ": " << name << ": " << test_name << ": " << (fits ? std::string("fits") : fits.error().message);
    if (!fits) EXPECT_EQ(fits.error().code, ErrorCode::invalid_argument);
    if (right) ++totals.right;
  }
}

Totals run_folder(const std::string& folder) {
  const SchemaCompiler compiler;
  Totals totals;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(ORC_GOLDEN_FOLDER) / folder)) {
    if (entry.path().extension() != ".json") continue;
    const std::string text = read_file(entry.path());
    const auto document = JsonDocument::parse(text, {.bytes_max = std::size_t{1} << 20});
    EXPECT_TRUE(document.has_value()) << entry.path();
    if (!document) continue;
    for (const auto group : document->root().elements())
      run_group(compiler, folder + "/" + entry.path().filename().string(), group, totals);
  }
  for (const std::span<const Exception> exceptions :
       {std::span<const Exception>(remote_references), std::span<const Exception>(remote_dialects)}) {
    for (const auto& e : exceptions) {
      if (!e.file.starts_with(folder + "/")) continue;
      EXPECT_TRUE(totals.refused_groups.contains({std::string(e.file), std::string(e.group)}))
          << e.file << ": " << e.group << " is listed but works";
    }
  }
  return totals;
}

struct Expected {
  std::string_view folder;
  int right;
  int refused;
};

void expect_all(const Expected& expected) {
  const Totals totals = run_folder(std::string(expected.folder));
  EXPECT_EQ(totals.right, expected.right) << expected.folder;
  EXPECT_EQ(totals.refused, expected.refused) << expected.folder;
}

TEST(OfficialVectors, every_required_case_of_2020_12_is_answered_right) { expect_all({"draft2020-12", 1208, 49}); }

TEST(OfficialVectors, every_required_case_of_draft_07_is_answered_right) { expect_all({"draft7", 890, 23}); }

TEST(OfficialVectors, the_optional_cases_that_we_promise_are_answered_right) {
  expect_all({"draft2020-12/optional", 153, 0});
  expect_all({"draft7/optional", 106, 0});
}

TEST(OfficialVectors, schemas_made_by_pydantic_work) { expect_all({"pydantic", 34, 0}); }

TEST(OfficialVectors, schemas_made_by_zod_work) { expect_all({"zod", 16, 0}); }

}  // namespace
}  // namespace orc
