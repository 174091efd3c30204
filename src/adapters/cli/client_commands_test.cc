#include <algorithm>
#include <iostream>

#include "adapters/cli/client_commands_test_site.h"
#include "adapters/json/json_document.h"
#include "adapters/system/file_text.h"

namespace orc {
namespace {

void expect_arguments_in_capitals(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options())
    if (option->get_positional())
      EXPECT_TRUE(std::ranges::none_of(option->get_name(true), [](char c) { return c >= 'a' && c <= 'z'; }))
          << command.get_display_name() << " " << option->get_name(true);
  for (const CLI::App* inner : command.get_subcommands({})) expect_arguments_in_capitals(*inner);
}

TEST_F(ClientCommandsTest, arguments_are_called_in_capitals) {
  ClientContext context{.in = std::cin, .out = out_, .err = err_, .terminal = {}, .environment = {}, .data_dir = folder_};
  CLI::App app("orc");
  add_client_commands(app, context);
  expect_arguments_in_capitals(app);
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
      {422,
       R"({"detail":[{"loc":["body","priority"],"msg":"Input should be less","type":"x"},{"loc":["body"],"msg":"B","type":"y"},)"
       R"({"loc":["body","options","quorum"],"msg":"options.quorum is 9","type":"value_error"}]})",
       2, "priority: Input should be less\nB\noptions.quorum is 9"},
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
  EXPECT_TRUE(err().contains("the input is no JSON") && err().contains("as one argument")) << err();
  ASSERT_TRUE(write_file(folder_ / "broken.json", "{", 0600));
  EXPECT_EQ(run({"run", "echo", "@" + (folder_ / "broken.json").string()}), 2);
  EXPECT_TRUE(err().contains("broken.json is no JSON") && !err().contains("as one argument")) << err();
  EXPECT_EQ(run({"run", "echo", "-"}, "{"), 2);
  EXPECT_TRUE(err().contains("the standard input is no JSON") && !err().contains("as one argument")) << err();
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

TEST_F(ClientCommandsTest, dead_letters_are_listed_and_run_again) {
  api_.answer("GET /api/v1/dead-letters?limit=50", 200, R"({"total":0,"items":[]})")
      .answer("GET /api/v1/dead-letters?limit=1", 200,
              R"({"total":7,"items":[{"id":17,"plugin_name":"echo","reason":"exit code 1: no\tsuch file","attempts":3,)"
              R"("died_at":"2026-01-31T12:00:00.000Z"}]})")
      .answer("POST /api/v1/dead-letters/17/redrive", 202, R"({"id":17,"status":"queued"})")
      .answer("POST /api/v1/dead-letters/18/redrive", 404, R"({"detail":"Dead letter not found"})");
  EXPECT_EQ(run({"dead-letter", "list"}), 0) << err();
  EXPECT_EQ(out(), "no job has failed for good\n");
  EXPECT_EQ(run({"dead-letter", "list", "--limit", "1"}), 0) << err();
  EXPECT_TRUE(out().starts_with(
      "JOB  PLUGIN  FAILED                ATTEMPTS  REASON\n 17  echo    2026-01-31 12:00:00Z         3  exit code 1: no"))
      << out();
  EXPECT_TRUE(out().ends_with("\n1 of 7 are shown; see --limit\n") && !out().contains('\t')) << out();
  EXPECT_EQ(run({"dead-letter", "redrive", "17"}), 0) << err();
  EXPECT_EQ(out(), "job 17 is queued again; see it with: orc job get 17\n");
  EXPECT_EQ(run({"dead-letter", "redrive", "18"}), 5);
  EXPECT_EQ(run({"dead-letter", "redrive", "1/2"}), static_cast<int>(ExitCode::usage));
}

constexpr const char* three_workers =
    R"({"total":3,"items":[{"id":1,"warning":"two promise too much","name":"gpu:7","home":"elsewhere","isolation":"strict","slots":4,"running":2,"state":"active",)"
    R"("equipment":{"runtimes":["folder"],"cpus":8,"memory_mb":24000,"gpus":1,"custom":{"licence":2},"labels":{"zone":"a"},"warm_requests":512,"network":"host","release":"0.1.0"},)"
    R"("started_at":"2026-01-31T12:00:00.000Z","last_beat_at":"2026-01-31T12:00:09.000Z"},{"id":2,"name":"twin","state":"lost","warning":null,)"
    R"("isolation":"container","slots":1,"running":0,"equipment":{"gpus":0,"custom":{},"labels":{},"network":"host",)"
    R"("images":{"isolation":"strict","warm":false}}},)"
    R"({"id":3,"name":"twin","state":"draining","warning":"two promise too much"}]})";

TEST_F(ClientCommandsTest, workers_are_listed_and_drained_by_id_or_name) {
  api_.answer("GET /api/v1/workers", 200, three_workers)
      .answer("POST /api/v1/workers/1/drain", 200, R"({"id":1,"name":"gpu:7","state":"draining","running":2})")
      .answer("POST /api/v1/workers/3/resume", 200, R"({"id":3,"name":"twin","state":"active","running":0})");
  EXPECT_EQ(run({"worker", "list"}), 0) << err();
  EXPECT_TRUE(out().starts_with(
      "ID  NAME   STATE     RUNS    ISOLATION  RELEASE  HAS\n"
      " 1  gpu:7  active    2 of 4  strict     0.1.0    24000 MB, 8 cpus, 1 gpu, licence 2, zone=a, the host's network, no images\n"
      " 2  twin   lost      0 of 1  container  -        the host's network, images at strict without it, no warm images, no warm plugins\n"
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

TEST_F(ClientCommandsTest, a_bench_that_is_refused_says_why) {
  api_.answer("POST /api/v1/jobs", 404, R"({"detail":"Plugin not found"})");
  EXPECT_EQ(run({"bench", "submit", "--plugin", "nope", "--seconds", "0.1", "--connections", "1"}), 1);
  EXPECT_TRUE(err().contains("404 Plugin not found")) << err();
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
