#include "adapters/cli/client_commands_test_site.h"
#include "adapters/cli/plugin_trial.h"
#include "adapters/system/file_text.h"

namespace orc {
namespace {

class PluginCommandsTest : public ClientCommandsTest {
 protected:
  // A folder whose plugin.json says this, and whose program has this mode.
  std::string folder_of(const std::string& manifest, mode_t mode = 0755) {
    std::filesystem::create_directories(folder_ / "echo");
    EXPECT_TRUE(write_file(folder_ / "echo" / "plugin.json", manifest, 0644));
    EXPECT_TRUE(write_file(folder_ / "echo" / "run", "#!/bin/sh\n", mode));
    return (folder_ / "echo").string();
  }
  const std::string good_manifest_ = R"({"name":"echo","version":"1.2.0","command":["./run"]})";
};

TEST_F(PluginCommandsTest, a_folder_that_changed_under_its_number_is_told_apart_by_ids) {
  const struct {
    const char* before;
    bool warns;
  } cases[] = {
      {R"({"items":[{"version":"1.3.0","version_id":9},{"version":"1.2.0","version_id":3},{"version":"1.2.0","version_id":2}]})", true},
      {R"({"items":[{"version":"1.2.0","version_id":4},{"version":"1.2.0","version_id":3}]})", false},
      {R"({"items":[{"version":"1.1.0","version_id":3}]})", false}};
  for (const auto& [before, warns] : cases) {
    StubApi api;
    variables_["ORC_URL"] = api.url();
    api.answer("GET /api/v1/plugins/echo/versions", 200, before)
        .answer("PUT /api/v1/plugins/echo/package", 200, R"({"name":"echo","version":"1.2.0","version_id":4})");
    EXPECT_EQ(run({"plugin", "add", folder_of(good_manifest_)}), 0) << err();
    EXPECT_EQ(out(), "echo 1.2.0 is current\n");
    EXPECT_EQ(err().contains("changed under the same number: 1.2.0 (id 3) and 1.2.0 (id 4)"), warns) << err();
    EXPECT_EQ(err().contains("raise `version` in plugin.json"), warns) << err();
  }
}

TEST_F(PluginCommandsTest, a_field_that_means_nothing_is_a_warning_with_what_was_meant) {
  const auto folder =
      folder_of(R"({"name":"echo","version":"1.2.0","command":["./run"],"limts":{},"limits":{"timeout_secs":1},"warm":{"flavour":"all"}})");
  api_.answer("PUT /api/v1/plugins/echo/package", 201, R"({"name":"echo","version":"1.2.0","version_id":4})");
  EXPECT_EQ(run({"plugin", "add", folder}), 0) << err();
  for (const char* words :
       {"limts means nothing and is ignored; did you mean limits?",
        "limits.timeout_secs means nothing and is ignored; did you mean limits.timeout_seconds?",
        "warm.flavour means nothing and is ignored, see docs/plugins.md", "warm means nothing without \"mode\": \"warm\", and is ignored"})
    EXPECT_TRUE(err().contains(words)) << err();
  run({"plugin", "test", folder});
  EXPECT_TRUE(err().contains("limts means nothing")) << err();
}

TEST_F(PluginCommandsTest, a_program_without_its_execute_bit_is_refused_before_it_is_sent) {
  for (const char* verb : {"add", "test"}) {
    EXPECT_EQ(run({"plugin", verb, folder_of(good_manifest_, 0644)}), 2) << verb;
    EXPECT_TRUE(err().contains("plugin.json: command.0: run has no execute bit") && err().contains("chmod +x run")) << err();
  }
  EXPECT_TRUE(api_.seen().empty());
}

TEST(PluginTrial, its_exit_code_tells_a_fault_of_the_plugin_from_a_host_that_makes_no_sandbox) {
  EXPECT_EQ(exit_code_of(AttemptOutcome::succeeded), ExitCode::ok);
  for (const auto how : {AttemptOutcome::failed, AttemptOutcome::timed_out, AttemptOutcome::out_of_memory, AttemptOutcome::output_rejected,
                         AttemptOutcome::cancelled})
    EXPECT_EQ(exit_code_of(how), ExitCode::negative) << to_word(how);
  for (const auto how : {AttemptOutcome::refused, AttemptOutcome::given_back, AttemptOutcome::not_started})
    EXPECT_EQ(exit_code_of(how), ExitCode::unreachable) << to_word(how);
}

TEST_F(PluginCommandsTest, show_tells_versions_apart_and_indents_schemas) {
  api_.answer("GET /api/v1/plugins/echo", 200,
              R"({"name":"echo","version":"1.2.0","network":"host","input_schema":{"type":"object","required":["a"]}})")
      .answer("GET /api/v1/plugins/echo/versions", 200,
              R"({"total":2,"items":[{"version":"1.2.0","version_id":4,"is_current":true,"package":"sha256:0123456789abcdef"},)"
              R"({"version":"1.2.0","version_id":3,"is_current":false,"package":"sha256:fedcba9876543210"}]})");
  EXPECT_EQ(run({"plugin", "show", "echo"}), 0) << err();
  for (const char* part : {"network           host\n", "1.2.0     4  yes", "sha256:0123456789ab ", "1.2.0     3 ", "sha256:fedcba987654 ",
                           "\ninput_schema\n  {\n    \"type\": \"object\",\n    \"required\": [\"a\"]\n  }\n"})
    EXPECT_TRUE(out().contains(part)) << part << "\n" << out();
}

TEST_F(PluginCommandsTest, rollback_takes_a_number_or_an_id_and_says_which_it_became) {
  api_.answer("POST /api/v1/plugins/echo/rollback", 200, R"({"name":"echo","version":"1.2.0","version_id":3})");
  EXPECT_EQ(run({"plugin", "rollback", "echo", "3"}), 0) << err();
  EXPECT_EQ(out(), "echo 1.2.0 (id 3) is current\n");
  EXPECT_EQ(run({"plugin", "rollback", "echo", "1.2.0"}), 0) << err();
  EXPECT_EQ(api_.seen()[0].body, R"({"version_id":3})");
  EXPECT_EQ(api_.seen()[1].body, R"({"version":"1.2.0"})");
}

using KeyCommandsTest = ClientCommandsTest;

TEST_F(KeyCommandsTest, a_key_is_printed_alone_and_once_then_listed_by_its_beginning_and_ended) {
  api_.answer("POST /api/v1/api-keys", 201, R"({"id":3,"name":"night","prefix":"orc_ab","scopes":["worker"],"api_key":"orc_abc"})")
      .answer(
          "GET /api/v1/api-keys", 200,
          R"({"total":1,"items":[{"id":3,"name":"night","prefix":"orc_ab","scopes":["read","submit"],"created_at":"2026-01-31T12:00:00.000Z"}]})")
      .answer("DELETE /api/v1/api-keys/3", 204, "");
  EXPECT_EQ(run({"key", "add", "night", "--scope", "worker"}), 0) << err();
  EXPECT_EQ(out(), "orc_abc\n");
  EXPECT_TRUE(err().contains("shown this once")) << err();
  EXPECT_EQ(run({"key", "add", "night"}), 0) << err();
  EXPECT_EQ(api_.seen()[0].body, R"({"name":"night","scopes":["worker"]})");
  EXPECT_EQ(api_.seen()[1].body, R"({"name":"night","scopes":["read","submit"]})");
  EXPECT_EQ(run({"key", "list"}), 0) << err();
  EXPECT_TRUE(out().contains("night  orc_ab       read submit  2026-01-31 12:00:00Z")) << out();
  EXPECT_EQ(run({"key", "remove", "3"}), 0) << err();
  EXPECT_EQ(run({"key", "add", "night", "--scope", "everything"}), 2);
}

TEST_F(ClientCommandsTest, why_says_of_an_ended_job_that_it_has_ended) {
  api_.answer(
          "GET /api/v1/jobs/7/why", 200,
          R"({"job_id":7,"status":"failed","reason":"not_queued","message":"it has ended: failed","run_at":"2026-01-31T12:00:00.000Z"})")
      .answer("GET /api/v1/jobs/8/why", 200,
              R"({"job_id":8,"status":"queued","reason":"delayed","message":"later","run_at":"2026-01-31T12:00:00.000Z"})");
  EXPECT_EQ(run({"job", "why", "7"}), 0) << err();
  EXPECT_EQ(out(), "job 7: it has ended: failed\n");
  EXPECT_EQ(run({"job", "why", "8"}), 0) << err();
  EXPECT_EQ(out(), "job 8 is queued: later\nrun_at 2026-01-31T12:00:00.000Z\n");
}

TEST_F(ClientCommandsTest, a_plugin_is_added_from_its_folder) {
  std::filesystem::create_directories(folder_ / "echo");
  ASSERT_TRUE(write_file(folder_ / "echo" / "plugin.json", R"({"name":"echo","version":"1.2.0","command":["./run"]})", 0644));
  ASSERT_TRUE(write_file(folder_ / "echo" / "run", "#!/bin/sh\n", 0755));
  api_.answer("PUT /api/v1/plugins/echo/package", 201, R"({"name":"echo","version":"1.2.0"})");
  EXPECT_EQ(run({"plugin", "add", (folder_ / "echo").string()}), 0) << err();
  EXPECT_EQ(out(), "echo 1.2.0 added\n");
  EXPECT_EQ(api_.seen().back().media_type, "application/gzip");
  EXPECT_TRUE(api_.seen().back().body.starts_with("\x1f\x8b"));
}

TEST_F(ClientCommandsTest, every_fault_of_a_plugin_folder_is_told_before_it_is_sent) {
  std::filesystem::create_directories(folder_ / "echo");
  ASSERT_TRUE(write_file(folder_ / "echo" / "plugin.json", R"({"name":"echo","command":["./run"],"limits":{"pids":0}})", 0644));
  EXPECT_EQ(run({"plugin", "add", (folder_ / "echo").string()}), 2);
  EXPECT_TRUE(err().contains("plugin.json: version: ")) << err();
  EXPECT_TRUE(err().contains("\nplugin.json: limits.pids: ")) << err();
  EXPECT_TRUE(api_.seen().empty());
}

}  // namespace
}  // namespace orc
