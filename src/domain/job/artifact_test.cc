#include "domain/job/artifact.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

TEST(ArtifactName, keeps_what_is_harmless_and_replaces_the_rest) {
  struct Case {
    std::string file;
    std::string name;
  };
  const Case cases[] = {
      {"plot.png", "plot.png"},
      {"a b, c=d@e+f_g-h", "a b, c=d@e+f_g-h"},
      {"über", "über"},
      {"日本.txt", "日本.txt"},
      {"", "_"},
      {".", "_"},
      {"..", "_"},
      {"...", "..."},
      {"a/b", "a_b"},
      {"a\\b\"c;d%e\n\x7F", "a_b_c_d_e__"},
      {"\xC3", "_"},
      {"\xC0\xAF", "__"},
      {"\xED\xA0\x80", "___"},
      {"\xC2\x85", "__"},
      {"<script>", "_script_"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(artifact_name(one.file, {}), one.name) << one.file;
    EXPECT_TRUE(is_artifact_name(one.name)) << one.name;
    EXPECT_EQ(is_artifact_name(one.file), one.file == one.name) << one.file;
  }
}

TEST(ArtifactName, is_bounded_between_characters_and_unique) {
  std::string longest;
  for (int i = 0; i < 150; ++i) longest += "ü";
  const std::string name = artifact_name("x" + longest, {});
  EXPECT_EQ(name.size(), artifact_name_bytes_max - 1);
  std::vector<Artifact> taken = {{.name = name}};
  const std::string second = artifact_name("x" + longest, taken);
  EXPECT_TRUE(second.ends_with("-2"));
  EXPECT_TRUE(is_artifact_name(second));
  taken.push_back({.name = second});
  EXPECT_TRUE(artifact_name("x" + longest, taken).ends_with("-3"));
}

TEST(ArtifactName, a_file_whose_name_may_stay_keeps_it_whatever_comes_before_it) {
  std::vector<Artifact> artifacts = {
      {.name = "a?b", .bytes = 1}, {.name = "a_b", .bytes = 2}, {.name = "a_b-2", .bytes = 3}, {.name = "a|b", .bytes = 4}};
  const std::vector<RenamedFile> renamed = rename_files(artifacts);
  EXPECT_EQ(artifacts,
            (std::vector<Artifact>{
                {.name = "a_b-3", .bytes = 1}, {.name = "a_b", .bytes = 2}, {.name = "a_b-2", .bytes = 3}, {.name = "a_b-4", .bytes = 4}}));
  EXPECT_EQ(renamed, (std::vector<RenamedFile>{{.file_name = "a?b", .name = "a_b-3"}, {.file_name = "a|b", .name = "a_b-4"}}));
}

}  // namespace
}  // namespace orc
