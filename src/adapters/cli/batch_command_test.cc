#include <set>

#include "adapters/cli/client_commands_test_site.h"
#include "adapters/cli/losing_server.h"
#include "adapters/json/json_document.h"
#include "adapters/system/file_text.h"

namespace orc {
namespace {

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

TEST_F(ClientCommandsTest, a_refused_entry_of_a_batch_is_counted_as_in_the_file) {
  api_.answer("POST /api/v1/jobs:batch", 422,
              R"({"detail":[{"loc":["body","jobs",1,"input_data"],"msg":"too wide","type":"value_error"}]})");
  ASSERT_TRUE(write_file(folder_ / "inputs.jsonl", "{}\n{}\n{}\n", 0600));
  EXPECT_EQ(run({"job", "batch", (folder_ / "inputs.jsonl").string(), "--plugin", "echo"}), 2);
  EXPECT_TRUE(err().contains("entry 2.input_data: too wide")) << err();
}

}  // namespace
}  // namespace orc
