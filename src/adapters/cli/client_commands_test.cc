#include "adapters/cli/client_commands.h"

#include <CLI/CLI.hpp>
#include <filesystem>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <set>
#include <sstream>
#include <sys/stat.h>

#include "adapters/cli/client_commands_test_site.h"
#include "adapters/cli/losing_server.h"
#include "adapters/json/json_document.h"
#include "adapters/system/file_text.h"

namespace orc {
namespace {

namespace fs = std::filesystem;

constexpr const char* completed_job =
    R"({"id":7,"plugin_name":"echo","status":"completed","input_data":{},"result":{"a": 1},"error_message":null,)"
    R"("created_at":"2026-01-31T12:00:00.000Z","started_at":"2026-01-31T12:00:01.000Z","completed_at":"2026-01-31T12:00:02.500Z"})";
constexpr const char* queued_job = R"({"id":7,"plugin_name":"echo","status":"queued","result":null,"error_message":null})";
constexpr const char* failed_job = R"({"id":7,"plugin_name":"echo","status":"failed","result":null,"error_message":"boom\u001b[31m"})";

// What `job get` asks for.
void answer_job(StubApi& api) {
  api.answer("GET /api/v1/jobs/7", 200, completed_job)
      .answer("GET /api/v1/jobs/7/attempts", 200,
              R"({"total":1,"items":[{"number":1,"outcome":"succeeded","usage":{"cpu_seconds":0.5,)"
              R"("peak_bytes":2097152,"wall_seconds":1.25,"bytes_in":8,"bytes_out":16}}]})")
      .answer("GET /api/v1/jobs/7/artifacts", 200, R"({"total":1,"items":[{"name":"plot.png","bytes":12}]})");
}

TEST_F(ClientCommandsTest, run_prints_the_result_as_it_came) {
  api_.answer("POST /api/v1/jobs?wait=20", 200, completed_job);
  EXPECT_EQ(run({"run", "echo", R"({"x":0.87})"}), 0) << err();
  EXPECT_EQ(out(), "{\"a\": 1}\n");
  const auto seen = api_.seen();
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].body, R"({"plugin_name":"echo","input_data":{"x":0.87}})");
  EXPECT_EQ(seen[0].authorization, "Bearer secret-token");
  EXPECT_EQ(seen[0].media_type, "application/json");
}

constexpr const char* three_workers =
    R"({"total":3,"items":[{"id":1,"warning":"two promise too much","name":"gpu:7","home":"elsewhere","isolation":"strict","slots":4,"running":2,"state":"active",)"
    R"("equipment":{"runtimes":["folder"],"cpus":8,"memory_mb":24000,"gpus":1,"custom":{"licence":2},"labels":{"zone":"a"},"warm_requests":512,"network":"host","release":"0.1.0"},)"
    R"("started_at":"2026-01-31T12:00:00.000Z","last_beat_at":"2026-01-31T12:00:09.000Z"},{"id":2,"name":"twin","state":"lost","warning":null,)"
    R"("isolation":"container","slots":1,"running":0,"equipment":{"gpus":0,"custom":{},"labels":{}}},)"
    R"({"id":3,"name":"twin","state":"draining","warning":"two promise too much"}]})";

TEST_F(ClientCommandsTest, workers_are_listed_and_drained_by_id_or_name) {
  api_.answer("GET /api/v1/workers", 200, three_workers)
      .answer("POST /api/v1/workers/1/drain", 200, R"({"id":1,"name":"gpu:7","state":"draining","running":2})")
      .answer("POST /api/v1/workers/3/resume", 200, R"({"id":3,"name":"twin","state":"active","running":0})");
  EXPECT_EQ(run({"worker", "list"}), 0) << err();
  EXPECT_TRUE(out().starts_with(
      "ID  NAME   STATE     RUNS    ISOLATION  RELEASE  HAS\n"
      " 1  gpu:7  active    2 of 4  strict     0.1.0    24000 MB, 8 cpus, 1 gpu, licence 2, zone=a, the host's network, no images\n"
      " 2  twin   lost      0 of 1  container  -        no warm plugins\n"
      " 3  twin   draining   of                -        -\n"))
      << out();
  EXPECT_TRUE(out().ends_with("\nwarning: two promise too much\n") && out().find("warning") == out().rfind("warning")) << out();
  EXPECT_EQ(run({"worker", "list", "--verbose"}), 0) << err();
  for (const char* word : {"gpu:7", "active", "2026-01-31 12:00:09", "elsewhere", "lost", "draining", "24000 MB"})
    EXPECT_TRUE(out().contains(word)) << word;
  EXPECT_TRUE(out().ends_with("\nwarning: two promise too much\n") && out().find("warning") == out().rfind("warning")) << out();
  EXPECT_EQ(run({"worker", "drain", "gpu:7"}), 0) << err();
  EXPECT_EQ(out(), "worker 1 gpu:7 is draining, 2 running\n");
  EXPECT_EQ(run({"worker", "resume", "3"}), 0) << err();
  EXPECT_EQ(out(), "worker 3 twin is active, 0 running\n");
  EXPECT_EQ(run({"worker", "drain", "twin"}), static_cast<int>(ExitCode::usage));
  EXPECT_TRUE(err().contains("2, 3")) << err();
  EXPECT_EQ(run({"worker", "drain", "nobody"}), static_cast<int>(ExitCode::not_found));
}

TEST_F(ClientCommandsTest, run_takes_its_input_from_a_file_or_the_standard_input) {
  api_.answer("POST /api/v1/jobs?wait=20", 200, completed_job);
  ASSERT_TRUE(write_file(folder_ / "input.json", " {\"f\": 1}\n", 0600));
  EXPECT_EQ(run({"run", "echo", "@" + (folder_ / "input.json").string()}), 0) << err();
  EXPECT_EQ(run({"run", "echo", "-"}, "{\"s\":2}"), 0) << err();
  EXPECT_EQ(run({"run", "echo"}), 0) << err();
  const auto seen = api_.seen();
  EXPECT_TRUE(seen[0].body.contains(R"("input_data":{"f": 1})"));
  EXPECT_TRUE(seen[1].body.contains(R"("input_data":{"s":2})"));
  EXPECT_TRUE(seen[2].body.contains(R"("input_data":{})"));
}

TEST_F(ClientCommandsTest, run_waits_for_a_job_that_takes_longer) {
  api_.answer("POST /api/v1/jobs?wait=20", 202, queued_job)
      .answer("GET /api/v1/jobs/7", 200, queued_job)
      .answer("GET /api/v1/jobs/7", 200, completed_job);
  EXPECT_EQ(run({"run", "echo", "{}"}), 0) << err();
  EXPECT_EQ(out(), "{\"a\": 1}\n");
}

TEST_F(ClientCommandsTest, a_job_that_goes_on_after_the_wait_has_an_exit_code_of_its_own) {
  api_.answer("POST /api/v1/jobs?wait=0", 202, queued_job).answer("GET /api/v1/jobs/7", 200, queued_job);
  EXPECT_EQ(run({"run", "echo", "{}", "--wait", "0"}), 7);
  EXPECT_TRUE(err().contains("it goes on") && err().contains("orc job get 7")) << err();
}

TEST_F(ClientCommandsTest, an_input_that_is_no_object_is_refused_before_it_is_sent) {
  for (const char* input : {"[1]", "1", "\"text\"", "null"}) {
    EXPECT_EQ(run({"run", "echo", input}), 2) << input;
    EXPECT_TRUE(err().contains("must be a JSON object") && err().contains(input)) << err();
  }
  EXPECT_TRUE(api_.seen().empty());
}

TEST_F(ClientCommandsTest, a_bench_that_is_refused_says_why) {
  api_.answer("POST /api/v1/jobs", 404, R"({"detail":"Plugin not found"})");
  EXPECT_EQ(run({"bench", "submit", "--plugin", "nope", "--seconds", "0.1", "--connections", "1"}), 1);
  EXPECT_TRUE(err().contains("404 Plugin not found")) << err();
}

TEST_F(ClientCommandsTest, a_failed_job_is_exit_code_1_and_cannot_speak_to_the_terminal) {
  api_.answer("POST /api/v1/jobs?wait=20", 200, failed_job);
  EXPECT_EQ(run({"run", "echo", "{}"}), 1);
  EXPECT_EQ(out(), "");
  EXPECT_TRUE(err().contains("job 7 failed: boom·[31m")) << err();
  EXPECT_TRUE(err().contains("orc job logs 7"));
}

TEST_F(ClientCommandsTest, the_servers_refusals_have_their_exit_codes_and_words) {
  struct Case {
    int status;
    std::string body;
    int code;
    std::string words;
  };
  const Case cases[] = {
      {400, R"({"detail":"input_data/features: too short"})", 2, "input_data/features: too short"},
      {401, R"({"detail":"Not authenticated"})", 4, "orc login URL"},
      {403, R"({"detail":"Insufficient permissions"})", 4, "Insufficient permissions\nAn administrator may"},
      {404, R"({"detail":"Plugin not found"})", 5, "Plugin not found"},
      {409, R"({"detail":"Plugin is not active"})", 5, "Plugin is not active"},
      {413, R"({"detail":"too large"})", 2, "too large"},
      {422, R"({"detail":[{"loc":["body","priority"],"msg":"Input should be less","type":"x"},{"loc":["body"],"msg":"B","type":"y"}]})", 2,
       "priority: Input should be less\nB"},
      {429, R"({"detail":"slow down"})", 3, "Try again"},
      {503, R"({"detail":"The disk is full"})", 3, "The disk is full"},
      {500, "<html>", 6, "the server answered 500"},
      {405, "<html>", 2, api_.url() + "; is there an orc server?"},
      {414, R"({"detail":"Not Found"})", 2, api_.url() + "; is there an orc server?"},
  };
  for (const auto& [status, body, code, words] : cases) {
    const std::string path = "/api/v1/jobs/" + std::to_string(status);
    api_.answer("GET " + path, status, body);
    EXPECT_EQ(run({"job", "get", std::to_string(status)}), code) << status;
    EXPECT_TRUE(err().contains(words)) << err();
    EXPECT_EQ(out(), "");
  }
}

TEST_F(ClientCommandsTest, wrong_usage_is_exit_code_2_before_anything_is_sent) {
  EXPECT_EQ(run({}), 2);
  EXPECT_EQ(run({"nonsense"}), 2);
  EXPECT_EQ(run({"run"}), 2);
  EXPECT_EQ(run({"run", "echo", "{not json"}), 2);
  EXPECT_TRUE(err().contains("the input is no JSON")) << err();
  EXPECT_EQ(run({"run", "echo", "@" + (folder_ / "missing").string()}), 2);
  EXPECT_EQ(run({"job", "get", "-1"}), 2);
  EXPECT_EQ(run({"job", "get", "x/../y"}), 2);
  EXPECT_EQ(run({"job", "submit", "echo", "{}", "--label", "no-equals"}), 2);
  EXPECT_EQ(run({"plugin", "add"}), 2);
  EXPECT_EQ(run({"plugin", "add", "--image", "x"}), 2);
  EXPECT_EQ(run({"job", "get", "1", "--url", "ftp://127.0.0.1"}), 2);
  EXPECT_EQ(run({"job", "get", "1", "--url", "https://127.0.0.1:1", "--ca-file", "/nowhere.pem"}), 2);
  EXPECT_TRUE(err().contains("/nowhere.pem")) << err();
  EXPECT_TRUE(api_.seen().empty());
}

TEST_F(ClientCommandsTest, a_server_that_is_not_there_is_exit_code_3) {
  variables_.erase("ORC_URL");
  EXPECT_EQ(run({"job", "list"}), 3);
  EXPECT_TRUE(err().contains("orc serve")) << err();
  EXPECT_EQ(run({"job", "list", "--url", "http://127.0.0.1:1"}), 3);
  EXPECT_TRUE(err().contains("http://127.0.0.1:1")) << err();
  EXPECT_EQ(run({"job", "list", "--url", "https://127.0.0.1:1"}), 3) << "with the authorities of this host: " << err();
}

TEST_F(ClientCommandsTest, every_help_has_exit_code_0_and_the_codes_are_told) {
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{{"--help"},
                                                                                     {"run", "--help"},
                                                                                     {"job", "--help"},
                                                                                     {"job", "submit", "--help"},
                                                                                     {"job", "batch", "--help"},
                                                                                     {"plugin", "add", "--help"},
                                                                                     {"user", "add", "--help"},
                                                                                     {"login", "--help"},
                                                                                     {"doctor", "--help"},
                                                                                     {"bench", "--help"}}) {
    EXPECT_EQ(run(words), 0) << words[0];
    EXPECT_FALSE(out().empty());
  }
  run({"job", "list", "--help"});
  EXPECT_TRUE(out().contains("Exit codes: 0 ok; 1 the job failed")) << out();
  EXPECT_TRUE(out().contains("else " + (folder_ / "data").string() + ")")) << "the true default data directory: " << out();
  EXPECT_FALSE(out().contains("./orc-data")) << out();
}

TEST_F(ClientCommandsTest, json_is_the_servers_bytes) {
  api_.answer("GET /api/v1/jobs/7", 200, completed_job);
  EXPECT_EQ(run({"job", "get", "7", "--json"}), 0);
  EXPECT_EQ(out(), std::string(completed_job) + "\n");
}

TEST_F(ClientCommandsTest, a_list_of_jobs_is_a_table) {
  api_.answer("GET /api/v1/jobs?limit=2&skip=0&status=completed&plugin_name=a%26b&scope=all", 200,
              R"({"total":9,"items":[)" + std::string(completed_job) + "," + failed_job + "]}");
  EXPECT_EQ(run({"job", "list", "--limit", "2", "--status", "completed", "--plugin", "a&b", "--all"}), 0) << err();
  EXPECT_EQ(out(),
            "ID  PLUGIN  STATUS     CREATED                 TOOK  ERROR\n"
            " 7  echo    completed  2026-01-31 12:00:00Z  1.50 s  \n"
            " 7  echo    failed                                   boom·[31m\n"
            "2 of 9\n");
}

TEST_F(ClientCommandsTest, job_get_shows_the_image_that_ran_and_what_became_of_callbacks) {
  api_.answer("GET /api/v1/jobs/8", 200, R"({"id":8,"plugin_name":"echo","status":"failed","callback_url":"https://h.example.org/x"})")
      .answer("GET /api/v1/jobs/8/attempts", 200, R"({"total":1,"items":[{"number":1,"outcome":null,"image":"sha256:0123"}]})")
      .answer("GET /api/v1/jobs/8/artifacts", 200, R"({"total":0,"items":[]})")
      .answer("GET /api/v1/jobs/8/deliveries", 200,
              R"({"total":2,"items":[{"type":"job.failed","state":"delivered","tries":1,"reason":null,"next_try_at":null},)"
              R"({"type":"job.failed","state":"waiting","tries":2,"reason":"it answered 503","next_try_at":"2026-01-31T12:00:09.000Z"}]})");
  EXPECT_EQ(run({"job", "get", "8"}), 0) << err();
  for (const char* line :
       {"image       sha256:0123\n", "callback    https://h.example.org/x\n", "delivery    job.failed delivered, tries: 1\n",
        "delivery    job.failed waiting, tries: 2, it answered 503, next try 2026-01-31 12:00:09Z\n"})
    EXPECT_TRUE(out().contains(line)) << out();
}

TEST_F(ClientCommandsTest, the_secret_of_callbacks_is_printed_alone) {
  api_.answer("GET /api/v1/callback-secret", 200, R"({"secret":"whsec_abc"})");
  EXPECT_EQ(run({"user", "callback-secret"}), 0) << err();
  EXPECT_EQ(out(), "whsec_abc\n");
}

TEST_F(ClientCommandsTest, submit_waits_if_asked_to_and_prints_the_result) {
  api_.answer("POST /api/v1/jobs?wait=20", 200, completed_job);
  EXPECT_EQ(run({"job", "submit", "echo", R"({"x":0.87})", "--wait"}), 0) << err();
  EXPECT_EQ(out(), "{\"a\": 1}\n");
  api_.answer("POST /api/v1/jobs?wait=20", 200, failed_job);
  run({"job", "submit", "echo", "--wait"});
  EXPECT_EQ(run({"job", "submit", "echo", "--wait"}), 1);
  EXPECT_TRUE(err().contains("orc job logs 7"));
}

TEST_F(ClientCommandsTest, submit_prints_the_id_for_the_shell) {
  api_.answer("POST /api/v1/jobs", 202, queued_job);
  EXPECT_EQ(run({"job", "submit", "echo", "{}", "--priority", "9", "--label", "team=a=b", "--max-attempts", "1", "--timeout", "5",
                 "--idempotency-key", "k"}),
            0)
      << err();
  EXPECT_EQ(out(), "7\n");
  EXPECT_EQ(
      api_.seen()[0].body,
      R"({"plugin_name":"echo","input_data":{},"priority":9,"max_attempts":1,"timeout_seconds":5,"idempotency_key":"k","labels":{"team":"a=b"}})");
}

TEST_F(ClientCommandsTest, a_batch_goes_in_requests_of_a_thousand_and_waits_for_all) {
  std::string lines;
  for (int i = 0; i < 1500; ++i) lines += "{\"n\":" + std::to_string(i) + "}\n" + (i == 3 ? "\n" : "");
  api_.answer("POST /api/v1/jobs:batch", 202, R"({"items":[{"id":7},{"id":8}]})")
      .answer("POST /api/v1/jobs:batch", 202, R"({"items":[{"id":9}]})");
  EXPECT_EQ(run({"job", "batch", "-", "--plugin", "echo"}, lines), 0) << err();
  EXPECT_EQ(out(), "7\n8\n9\n");
  const auto seen = api_.seen();
  ASSERT_EQ(seen.size(), 2U);
  const auto first = JsonDocument::parse(seen[0].body);
  const auto second = JsonDocument::parse(seen[1].body);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(first->root().find("jobs")->size(), 1000U);
  EXPECT_EQ(second->root().find("jobs")->size(), 500U);
  EXPECT_TRUE(seen[0].body.starts_with(R"({"jobs":[{"plugin_name":"echo","input_data":{"n":0}},)"));

  api_.answer("GET /api/v1/jobs/7", 200, completed_job)
      .answer("GET /api/v1/jobs/8", 200, failed_job)
      .answer("GET /api/v1/jobs/9", 200, completed_job);
  ASSERT_TRUE(write_file(folder_ / "jobs.jsonl", R"({"plugin_name":"echo"})", 0600));
  api_.answer("POST /api/v1/jobs:batch", 202, R"({"items":[{"id":7},{"id":8},{"id":9}]})");
  run({"job", "batch", (folder_ / "jobs.jsonl").string(), "--wait"});  // the second answer above
  EXPECT_EQ(run({"job", "batch", (folder_ / "jobs.jsonl").string(), "--wait"}), 1);
  EXPECT_EQ(out(), "3 jobs: 2 completed, 1 failed, 0 cancelled\n");
}

TEST_F(ClientCommandsTest, each_request_of_each_batch_has_a_key_of_its_own) {
  std::string lines;
  for (int i = 0; i < 1001; ++i) lines += "{}\n";
  api_.answer("POST /api/v1/jobs:batch", 202, R"({"items":[{"id":7}]})");
  EXPECT_EQ(run({"job", "batch", "-", "--plugin", "echo"}, lines), 0) << err();
  EXPECT_EQ(run({"job", "batch", "-", "--plugin", "echo"}, lines), 0) << err();
  std::set<std::string> keys;
  for (const auto& seen : api_.seen()) keys.insert(seen.idempotency_key);
  EXPECT_EQ(keys.size(), 4U);
  EXPECT_FALSE(keys.contains(""));
}

TEST_F(ClientCommandsTest, a_batch_whose_connection_is_lost_is_sent_once_more_under_the_same_key) {
  const struct {
    const char* name;
    std::vector<unsigned> statuses;
    int code;
  } cases[] = {{"lost once", {0, 202}, 0},
               {"lost, and the server still at the first one", {0, 409, 409, 202}, 0},
               {"lost twice", {0, 0}, 3},
               {"lost, then refused", {0, 422}, 2},
               {"refused", {503}, 3}};
  for (const auto& [name, statuses, code] : cases) {
    LosingServer server(statuses, R"({"items":[{"id":7}]})");
    EXPECT_EQ(run({"job", "batch", "-", "--plugin", "echo", "--url", server.url()}, "{}\n"), code) << name << err();
    const auto seen = server.seen();
    EXPECT_EQ(seen.size(), statuses.size()) << name;
    for (const auto& request : seen) {
      EXPECT_EQ(request.idempotency_key, seen.front().idempotency_key) << name;
      EXPECT_EQ(request.body, seen.front().body) << name;
    }
    EXPECT_EQ(err().contains("may or may not be submitted"), code == 3) << name << err();
  }
}

TEST_F(ClientCommandsTest, a_bad_line_of_a_batch_is_named) {
  EXPECT_EQ(run({"job", "batch", "-"}, "{\"plugin_name\":\"a\"}\n{oops\n"), 2);
  EXPECT_TRUE(err().contains("line 2")) << err();
  EXPECT_EQ(run({"job", "batch", "-"}, "{\"x\":1}\n"), 2);
  EXPECT_TRUE(err().contains("--plugin NAME")) << err();
  EXPECT_EQ(run({"job", "batch", "-"}, "\n\n"), 2);
}

TEST_F(ClientCommandsTest, a_plugin_is_added_from_its_folder) {
  fs::create_directories(folder_ / "echo");
  ASSERT_TRUE(write_file(folder_ / "echo" / "plugin.json", R"({"name":"echo","version":"1.2.0","command":["./run"]})", 0644));
  ASSERT_TRUE(write_file(folder_ / "echo" / "run", "#!/bin/sh\n", 0755));
  api_.answer("PUT /api/v1/plugins/echo/package", 201, R"({"name":"echo","version":"1.2.0"})");
  EXPECT_EQ(run({"plugin", "add", (folder_ / "echo").string()}), 0) << err();
  EXPECT_EQ(out(), "echo 1.2.0 added\n");
  EXPECT_EQ(api_.seen().back().media_type, "application/gzip");
  EXPECT_TRUE(api_.seen().back().body.starts_with("\x1f\x8b"));
}

TEST_F(ClientCommandsTest, every_fault_of_a_plugin_folder_is_told_before_it_is_sent) {
  fs::create_directories(folder_ / "echo");
  ASSERT_TRUE(write_file(folder_ / "echo" / "plugin.json", R"({"name":"echo","command":["./run"],"limits":{"pids":0}})", 0644));
  EXPECT_EQ(run({"plugin", "add", (folder_ / "echo").string()}), 2);
  EXPECT_TRUE(err().contains("plugin.json: version: ")) << err();
  EXPECT_TRUE(err().contains("\nplugin.json: limits.pids: ")) << err();
  EXPECT_TRUE(api_.seen().empty());
}

TEST_F(ClientCommandsTest, login_keeps_a_key_for_that_server_only) {
  variables_.erase("ORC_URL");
  variables_.erase("ORC_TOKEN");
  api_.answer("POST /api/v1/auth/token", 200, R"({"access_token":"jwt","token_type":"bearer"})")
      .answer("GET /api/v1/users/me", 200, R"({"email":"me@example.com","role":"admin"})")
      .answer("POST /api/v1/api-keys", 201, R"({"id":1,"api_key":"orc_key"})");
  answer_job(api_);
  EXPECT_EQ(run({"login", api_.url() + "/", "--email", "me@example.com"}, "correct horse\n"), 0) << err();
  EXPECT_FALSE(out().contains("orc_key") || err().contains("orc_key"));
  struct stat status{};
  ASSERT_EQ(::stat((folder_ / ".config/orc/credentials.json").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  EXPECT_EQ(run({"job", "get", "7"}), 0) << err();
  EXPECT_EQ(api_.seen().back().authorization, "Bearer orc_key");
  StubApi other;
  answer_job(other);
  EXPECT_EQ(run({"job", "get", "7", "--url", other.url()}), 0) << err();
  EXPECT_EQ(other.seen().back().authorization, "") << "a kept key goes to no other server";
}

TEST_F(ClientCommandsTest, the_data_directory_of_a_server_on_this_host_needs_no_login) {
  variables_.erase("ORC_URL");
  variables_.erase("ORC_TOKEN");
  fs::create_directories(folder_ / "data");
  ASSERT_TRUE(write_file(folder_ / "data/cli.json", R"({"url":")" + api_.url() + R"(","api_key":"orc_local"})", 0600));
  answer_job(api_);
  EXPECT_EQ(run({"job", "get", "7"}), 0) << err();
  EXPECT_THAT(out(), testing::AllOf(testing::HasSubstr("1.25 s, 0.50 s of cpu, 2.0 MB of memory, 8 bytes in, 16 bytes out"),
                                    testing::HasSubstr("plot.png, 12 bytes")));
  EXPECT_EQ(api_.seen().back().authorization, "Bearer orc_local");
  fs::rename(folder_ / "data", folder_ / "elsewhere");
  EXPECT_EQ(run({"job", "get", "7"}), 3);
  EXPECT_EQ(run({"job", "get", "7", "--data-dir", (folder_ / "elsewhere").string()}), 0) << err();
  variables_["ORC_DATA_DIR"] = (folder_ / "elsewhere").string();
  EXPECT_EQ(run({"job", "get", "7"}), 0) << err();
}

TEST_F(ClientCommandsTest, what_was_not_measured_of_a_job_is_not_told) {
  api_.answer("GET /api/v1/jobs/7", 200, completed_job)
      .answer("GET /api/v1/jobs/7/attempts", 200,
              R"({"total":1,"items":[{"number":1,"outcome":"succeeded","usage":{"cpu_seconds":null,)"
              R"("peak_bytes":null,"wall_seconds":1.25,"bytes_in":8,"bytes_out":16}}]})")
      .answer("GET /api/v1/jobs/7/artifacts", 200, R"({"total":0,"items":[]})");
  EXPECT_EQ(run({"job", "get", "7"}), 0) << err();
  EXPECT_THAT(out(), testing::HasSubstr("1.25 s, 8 bytes in, 16 bytes out"));
}

TEST_F(ClientCommandsTest, who_names_a_data_directory_acts_as_its_owner_whatever_login_is_kept) {
  variables_.erase("ORC_URL");
  variables_.erase("ORC_TOKEN");
  fs::create_directories(folder_ / ".config/orc");
  ASSERT_TRUE(write_file(folder_ / ".config/orc/credentials.json", R"({"url":")" + api_.url() + R"(","token":"somebodys"})", 0600));
  fs::create_directories(folder_ / "named");
  ASSERT_TRUE(write_file(folder_ / "named/cli.json", R"({"url":")" + api_.url() + R"(","api_key":"the_owners"})", 0600));
  answer_job(api_);
  EXPECT_EQ(run({"job", "get", "7"}), 0) << err();
  EXPECT_EQ(api_.seen().back().authorization, "Bearer somebodys");
  EXPECT_EQ(run({"job", "get", "7", "--data-dir", (folder_ / "named").string()}), 0) << err();
  EXPECT_EQ(api_.seen().back().authorization, "Bearer the_owners");
}

TEST_F(ClientCommandsTest, a_refused_entry_of_a_batch_is_counted_as_in_the_file) {
  api_.answer("POST /api/v1/jobs:batch", 422,
              R"({"detail":[{"loc":["body","jobs",1,"input_data"],"msg":"too wide","type":"value_error"}]})");
  ASSERT_TRUE(write_file(folder_ / "inputs.jsonl", "{}\n{}\n{}\n", 0600));
  EXPECT_EQ(run({"job", "batch", (folder_ / "inputs.jsonl").string(), "--plugin", "echo"}), 2);
  EXPECT_TRUE(err().contains("entry 2.input_data: too wide")) << err();
}

TEST_F(ClientCommandsTest, what_is_no_id_is_wrong_usage) {
  for (const char* id : {"abc", "0", "-1", "1.5", "99999999999999999999"}) EXPECT_EQ(run({"job", "get", id}), 2) << id;
  EXPECT_TRUE(api_.seen().empty());
}

class OneUser final : public OfflineUsers {
 public:
  Result<User> add(const std::string& email, const std::string& password, const std::optional<std::string>&, Role role) override {
    EXPECT_EQ(password, "correct horse");
    return User{.id = UserId{1}, .email = email, .role = role};
  }
  Result<std::vector<User>> list() override { return std::vector{User{.id = UserId{1}, .email = "a@example.com"}}; }
  Result<User> set_role(const std::string&, Role) override { return fail(ErrorCode::not_found, "User not found"); }
};

TEST_F(ClientCommandsTest, accounts_of_an_older_service_are_found_as_they_are_spelled) {
  api_.answer("GET /api/v1/users?limit=1000&skip=0", 200,
              R"({"total":4,"items":[{"id":3,"email":"Ada@x.org"},{"id":4,"email":"ada@x.org"},{"id":5,"email":"root@localhost"},)"
              R"({"id":6,"email":"Bob@x.org"}]})")
      .answer("GET /api/v1/users?limit=1000&skip=1000", 200, R"({"total":4,"items":[]})");
  const std::pair<const char*, const char*> cases[] = {
      {"Ada@x.org", "3"}, {"ada@x.org", "4"}, {"ADA@x.org", "4"}, {"root@localhost", "5"}, {"bob@x.org", "6"}};
  for (const auto& [email, id] : cases) {
    api_.answer("PUT /api/v1/users/" + std::string(id), 200, R"({"id":)" + std::string(id) + R"(,"email":"x","role":"admin"})");
    EXPECT_EQ(run({"user", "role", email, "admin"}), 0) << err();
    EXPECT_EQ(out(), "user " + std::string(id) + " x (admin)\n") << email;
  }
  EXPECT_EQ(run({"user", "role", "eve@x.org", "admin"}), 5);
}

TEST_F(ClientCommandsTest, users_are_changed_on_the_data_itself_only_when_no_server_is_named_or_runs) {
  open_offline_users_ = [](const fs::path&) -> Result<std::unique_ptr<OfflineUsers>> { return std::make_unique<OneUser>(); };
  api_.answer("POST /api/v1/users", 201, R"({"id":3,"email":"b@example.com","role":"user"})")
      .answer("PUT /api/v1/users/3", 200, R"({"id":3,"email":"b@example.com","role":"admin"})");
  EXPECT_EQ(run({"user", "add", "b@example.com", "--role", "admin"}, "correct horse\n"), 0) << err();
  EXPECT_EQ(out(), "user 3 b@example.com (admin)\n");
  EXPECT_EQ(run({"user", "list", "--url", "http://127.0.0.1:1"}), 3) << "a server that was named is not replaced";
  variables_.erase("ORC_URL");
  EXPECT_EQ(run({"user", "add", "a@example.com", "--role", "admin"}, "correct horse\n"), 0) << err();
  EXPECT_EQ(out(), "user 1 a@example.com (admin)\n");
  EXPECT_EQ(run({"user", "list"}), 0);
  EXPECT_TRUE(out().contains("a@example.com"));
  EXPECT_EQ(run({"user", "role", "x@example.com", "user"}), 5);
}

TEST_F(ClientCommandsTest, bench_measures_and_prints_json) {
  api_.answer("GET /health", 200, R"({"status":"healthy"})");
  EXPECT_EQ(run({"bench", "health", "--seconds", "0.3", "--connections", "4", "--json"}), 0) << err();
  const std::string closed_text = out();
  const auto closed = JsonDocument::parse(closed_text);
  ASSERT_TRUE(closed) << out();
  EXPECT_GT(closed->root().find("answers")->as_int64(), 10);
  EXPECT_EQ(closed->root().find("refusals")->as_int64(), 0);
  EXPECT_EQ(run({"bench", "health", "--seconds", "0.5", "--connections", "4", "--rate", "200", "--json"}), 0) << err();
  const std::string open_text = out();
  const auto open = JsonDocument::parse(open_text);
  EXPECT_EQ(open->root().find("answers")->as_int64(), 100);
  EXPECT_EQ(run({"bench", "list", "--seconds", "0.2"}), 1) << "refused requests are no good figures";
}

}  // namespace
}  // namespace orc
