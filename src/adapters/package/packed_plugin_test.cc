#include "adapters/package/packed_plugin.h"

#include <gtest/gtest.h>

#include "adapters/package/tar_text.h"
#include "adapters/package/unknown_fields.h"

namespace orc {
namespace {

Draft<NewPlugin> read(const std::string& command, unsigned mode, const std::string& folder = "") {
  const std::string manifest = R"({"name":"p","version":"1.0.0","command":[")" + command + "\"]}";
  const std::string tar =
      TarText().file(folder + "plugin.json", manifest).add({.path = folder + "bin/run", .mode = mode}, "#!/bin/sh\n").done();
  auto scan = scan_package(tar);
  EXPECT_TRUE(scan);
  return read_packed_plugin(*scan);
}

TEST(ReadPackedPlugin, a_program_in_the_package_is_there) {
  for (const char* command : {"./elsewhere", "./bin/run/more", "../bin/run", "bin/run/more/../../../bin", "./bin"}) {
    const auto draft = read(command, 0755);
    ASSERT_EQ(draft.faults.size(), 1U) << command;
    EXPECT_EQ(draft.faults[0].loc, (FieldPlace{"command", std::int64_t{0}}));
    EXPECT_TRUE(draft.faults[0].msg.contains("is no file of the package")) << draft.faults[0].msg;
  }
  const std::string manifest = R"({"name":"p","version":"1.0.0","command":["./now/run"]})";
  const auto scan =
      scan_package(TarText().file("plugin.json", manifest).add({.path = "now", .type = '2', .link_target = "bin"}).file("bin/run").done());
  ASSERT_TRUE(scan);
  EXPECT_TRUE(read_packed_plugin(*scan).faults.empty());
}

TEST(ReadPackedPlugin, a_program_in_the_package_needs_its_execute_bit) {
  const struct {
    const char* command;
    unsigned mode;
    const char* folder;
    bool is_good;
  } cases[] = {{"bin/run", 0644, "", false},          {"./bin/run", 0644, "", false}, {"./bin/run", 0644, "word-count/", false},
               {"./bin/../bin/run", 0644, "", false}, {"./bin/run", 0755, "", true},  {"bin/run", 0755, "word-count/", true},
               {"/bin/run", 0644, "", true},          {"run", 0644, "", true}};
  for (const auto& [command, mode, folder, is_good] : cases) {
    const auto draft = read(command, mode, folder);
    EXPECT_EQ(draft.faults.empty(), is_good) << command << " " << folder;
    if (is_good || draft.faults.empty()) continue;
    EXPECT_EQ(draft.faults[0].loc, (FieldPlace{"command", std::int64_t{0}}));
    EXPECT_TRUE(draft.faults[0].msg.contains("chmod +x bin/run")) << draft.faults[0].msg;
  }
}

TEST(UnknownFields, those_that_mean_nothing_are_named_by_their_path) {
  const struct {
    const char* manifest;
    std::vector<std::string> paths;
  } cases[] = {
      {R"({"name":"p","version":"1.0.0","command":["/bin/cat"],"env":{"ANY":"x"},"worker_labels":{"zone":"a"},"$schema":"x"})", {}},
      {R"({"limits":{"timeout_seconds":1},"retry":{"max_attempts":1},"resources":{"custom":{"licence":1}},"warm":{"share":"all"}})", {}},
      {R"({"limts":{"timeout_seconds":1}})", {"limts"}},
      {R"({"limits":{"timeout_secs":1},"timeout_seconds":1})", {"limits.timeout_secs", "timeout_seconds"}},
      {R"({"limits.cpus":1})", {"limits.cpus"}},
      {R"({"input_schema":{"properties":{"limts":{}}}})", {}},
      {"no json", {}}};
  for (const auto& [manifest, paths] : cases) {
    std::vector<std::string> found;
    for (const auto& field : unknown_fields(manifest)) found.push_back(field.path);
    EXPECT_EQ(found, paths) << manifest;
  }
}

}  // namespace
}  // namespace orc
