#include "adapters/sandbox/plugin_environment.h"

#include <gmock/gmock.h>

namespace orc {
namespace {

TEST(PluginEnvironmentTest, holds_what_the_contract_names_and_the_plugin_cannot_forge) {
  PluginRun run{.job = JobId{255}, .fence = Fence{0}, .attempt = 2, .version = {}, .input = {}};
  run.timeout = std::chrono::seconds(60);
  run.service = 0xab;
  run.version.spec.env = {{"PATH", "/plugin/bin"}, {"TRACEPARENT", "forged"}, {"MODE", "fast"}};
  const auto environment = plugin_environment(run, {}, {{"PATH", "/image/bin"}, {"OF_IMAGE", "x"}}, timestamp_from_ms(1'000'999));
  const std::map<std::string, std::string> wanted = {
      {"HOME", "/tmp"},
      {"LANG", "C.UTF-8"},
      {"MODE", "fast"},
      {"OF_IMAGE", "x"},
      {"ORC_ATTEMPT", "2"},
      {"ORC_DEADLINE", "1060"},
      {"ORC_IDEMPOTENCY_KEY", "orc-00000000000000ab-255"},
      {"ORC_INPUT_DIR", "/input"},
      {"ORC_JOB_ID", "255"},
      {"ORC_OUTPUT_DIR", "/output"},
      {"PATH", "/plugin/bin"},
      {"TMPDIR", "/tmp"},
      {"TRACEPARENT", "00-00000000000000ab00000000000000ff-0000000000000001-01"},
  };
  EXPECT_EQ(environment, wanted);
}

TEST(PluginEnvironmentTest, a_request_is_told_its_folders_only_if_it_has_some) {
  const std::string without = run_context({}, {}, Timestamp{}), with = run_context({}, {.input = "/i/7", .output = "/o/7"}, Timestamp{});
  EXPECT_TRUE(with.contains(R"("ORC_INPUT_DIR":"/i/7","ORC_OUTPUT_DIR":"/o/7"})")) << with;
  EXPECT_FALSE(without.contains("_DIR")) << without;
}

}  // namespace
}  // namespace orc
