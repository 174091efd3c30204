// Jobs that are run, submitted and shown.
#include <gmock/gmock.h>

#include "adapters/cli/client_commands_test_site.h"
#include "adapters/cli/losing_server.h"
#include "adapters/system/file_text.h"

namespace orc {
namespace {

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

TEST_F(ClientCommandsTest, files_are_uploaded_and_named_in_the_input) {
  const std::string hash = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";  // FIPS 180-4, of "abc"
  const std::string file = folder_ / "abc";
  ASSERT_TRUE(write_file(file, "abc", 0600));
  api_.answer("PUT /api/v1/blobs/" + hash, 201, "{}").answer("POST /api/v1/jobs", 202, queued_job);
  EXPECT_EQ(run({"blob", "put", file}), 0) << err();
  EXPECT_EQ(out(), R"({"$blob":"sha256:)" + hash + "\"}\n");
  for (const char* input : {"{}", R"({"n":1.50})"}) EXPECT_EQ(run({"job", "submit", "echo", input, "--file", "a \"b=" + file}), 0) << err();
  const auto seen = api_.seen();
  ASSERT_EQ(seen.size(), 5U);
  EXPECT_EQ(seen[1].body, "abc");
  EXPECT_EQ(seen[1].media_type, "application/octet-stream");
  const std::string member = R"("input_data":{"a \"b":{"$blob":"sha256:)" + hash + R"("})";
  EXPECT_THAT(seen[2].body, testing::HasSubstr(member + "}"));
  EXPECT_THAT(seen[4].body, testing::HasSubstr(member + R"(,"n":1.50})"));
}

TEST_F(ClientCommandsTest, a_file_that_the_input_has_no_room_for_is_refused_before_any_is_uploaded) {
  const std::string file = folder_ / "abc";
  ASSERT_TRUE(write_file(file, "abc", 0600));
  EXPECT_EQ(run({"run", "echo", R"({"a":1})", "--file", "b=" + file, "--file", "a=" + file}), 2);
  EXPECT_THAT(err(), testing::HasSubstr("the input has a member a already"));
  EXPECT_EQ(run({"run", "echo", "--file", "b=" + file, "--file", "b=" + file}), 2);
  EXPECT_EQ(run({"run", "echo", "--file", file}), 2);
  EXPECT_THAT(err(), testing::HasSubstr("is not MEMBER=PATH"));
  EXPECT_TRUE(api_.seen().empty());
}

TEST_F(ClientCommandsTest, run_waits_for_a_job_that_takes_longer) {
  api_.answer("POST /api/v1/jobs?wait=20", 202, queued_job)
      .answer("GET /api/v1/jobs/7", 200, queued_job)
      .answer("GET /api/v1/jobs/7", 200, completed_job);
  EXPECT_EQ(run({"run", "echo", "{}"}), 0) << err();
  EXPECT_EQ(out(), "{\"a\": 1}\n");
}

TEST_F(ClientCommandsTest, on_a_terminal_run_shows_from_the_first_moment_how_its_job_goes_on) {
  terminal_.err_is_terminal = true;
  terminal_.width = 40;
  api_.answer("POST /api/v1/jobs?wait=0", 202, queued_job)
      .answer("GET /api/v1/jobs/7", 200, queued_job)
      .answer("GET /api/v1/jobs/7", 200,
              R"({"id":7,"status":"processing","progress":0.5,"progress_message":"half of\u001b[2J all that there is to do"})")
      .answer("GET /api/v1/jobs/7", 200, completed_job);
  EXPECT_EQ(run({"run", "echo", "{}"}), 0) << err();
  EXPECT_EQ(out(), "{\"a\": 1}\n");
  EXPECT_EQ(err(),
            "\r\x1b[Kjob 7 queued 0 s  "
            "\r\x1b[Kjob 7 processing 0 s  50 %  half of·[2…"
            "\r\x1b[K");
}

TEST_F(ClientCommandsTest, a_job_that_goes_on_after_the_wait_has_an_exit_code_of_its_own) {
  api_.answer("POST /api/v1/jobs?wait=0", 202, queued_job).answer("GET /api/v1/jobs/7", 200, queued_job);
  EXPECT_EQ(run({"run", "echo", "{}", "--wait", "0"}), 7);
  EXPECT_TRUE(err().contains("it waits. Look at it with: orc job get 7\nWhy it does not run yet: orc job why 7\n")) << err();
}

constexpr const char* away = R"({"detail":"away"})";

TEST_F(ClientCommandsTest, whoever_waits_for_a_job_bears_with_an_outage) {
  api_.answer("POST /api/v1/jobs?wait=20", 202, queued_job).answer("POST /api/v1/jobs:batch", 202, R"({"items":[{"id":8},{"id":7}]})");
  api_.answer("GET /api/v1/jobs/7", 503, away).answer("GET /api/v1/jobs/7", 200, queued_job).answer("GET /api/v1/jobs/7", 503, away);
  for (int i = 0; i < 5; ++i) api_.answer("GET /api/v1/jobs/7", 503, away);
  api_.answer("GET /api/v1/jobs/7", 200, completed_job).answer("GET /api/v1/jobs/7", 503, away);
  EXPECT_EQ(run({"run", "echo", "{}"}), 0) << err();
  EXPECT_EQ(out(), "{\"a\": 1}\n");
  EXPECT_EQ(run({"run", "echo", "{}"}), 3);
  EXPECT_TRUE(err().contains("away") && err().contains("job 7 may go on. Look at it with: orc job get 7")) << err();

  api_.answer("GET /api/v1/jobs/8", 503, away).answer("GET /api/v1/jobs/8", 200, failed_job);
  EXPECT_EQ(run({"job", "batch", "-", "--plugin", "echo", "--wait"}, "{}\n{}\n"), 3);
  EXPECT_TRUE(err().contains("job 7 may go on. Look at it with: orc job get 7")) << err();
}

TEST_F(ClientCommandsTest, a_job_that_is_deleted_while_it_is_waited_for_is_named) {
  api_.answer("POST /api/v1/jobs?wait=20", 202, queued_job).answer("GET /api/v1/jobs/7", 404, R"({"detail":"Job not found"})");
  EXPECT_EQ(run({"job", "submit", "echo", "{}", "--wait"}), 5);
  EXPECT_TRUE(err().contains("It was job 7.") && !err().contains("may go on")) << err();
}

TEST_F(ClientCommandsTest, a_job_whose_submission_is_lost_is_sent_again_under_the_same_key) {
  LosingServer server({0, 0, 200}, completed_job);
  EXPECT_EQ(run({"run", "echo", "{}", "--url", server.url()}), 0) << err();
  const auto seen = server.seen();
  ASSERT_EQ(seen.size(), 3U);
  EXPECT_FALSE(seen[0].idempotency_key.empty());
  EXPECT_EQ(seen[0].idempotency_key, seen[2].idempotency_key);
  EXPECT_EQ(seen[0].body, seen[2].body);
}

TEST_F(ClientCommandsTest, a_job_of_which_it_is_not_known_whether_it_was_submitted_can_be_submitted_again) {
  LosingServer server({0}, "");
  EXPECT_EQ(run({"run", "echo", "{}", "--url", server.url(), "--idempotency-key", "mine"}), 3);
  EXPECT_EQ(server.seen().front().idempotency_key, "mine");
  EXPECT_TRUE(err().contains("may or may not be submitted") && err().contains("--idempotency-key mine")) << err();
  EXPECT_EQ(run({"run", "echo", "{}", "--url", "http://127.0.0.1:1"}), 3);
  EXPECT_FALSE(err().contains("may or may not")) << "it was never reached: " << err();
}

TEST_F(ClientCommandsTest, an_input_that_is_no_object_is_refused_before_it_is_sent) {
  for (const char* input : {"[1]", "1", "\"text\"", "null"}) {
    EXPECT_EQ(run({"run", "echo", input}), 2) << input;
    EXPECT_TRUE(err().contains("must be a JSON object") && err().contains(input)) << err();
  }
  EXPECT_TRUE(api_.seen().empty());
}

TEST_F(ClientCommandsTest, a_failed_job_is_exit_code_1_and_cannot_speak_to_the_terminal) {
  api_.answer("POST /api/v1/jobs?wait=20", 200, failed_job);
  EXPECT_EQ(run({"run", "echo", "{}"}), 1);
  EXPECT_EQ(out(), "");
  EXPECT_TRUE(err().contains("job 7 failed: boom·[31m")) << err();
  EXPECT_TRUE(err().contains("orc job logs 7"));
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

TEST_F(ClientCommandsTest, what_was_not_measured_of_a_job_is_not_told) {
  api_.answer("GET /api/v1/jobs/7", 200, completed_job)
      .answer("GET /api/v1/jobs/7/attempts", 200,
              R"({"total":1,"items":[{"number":1,"outcome":"succeeded","usage":{"cpu_seconds":null,)"
              R"("peak_bytes":null,"wall_seconds":1.25,"bytes_in":8,"bytes_out":16}}]})")
      .answer("GET /api/v1/jobs/7/artifacts", 200, R"({"total":0,"items":[]})");
  EXPECT_EQ(run({"job", "get", "7"}), 0) << err();
  EXPECT_THAT(out(), testing::HasSubstr("1.25 s, 8 bytes in, 16 bytes out"));
}

TEST_F(ClientCommandsTest, job_get_shows_how_each_attempt_went_where_there_were_several) {
  api_.answer("GET /api/v1/jobs/7", 200, completed_job)
      .answer(
          "GET /api/v1/jobs/7/attempts", 200,
          R"({"total":3,"items":[{"number":1,"worker":"w1","isolation":"strict","outcome":"failed","exit_code":7,"message":")" +
              std::string(200, 'x') +
              R"(","usage":{"cpu_seconds":0.5,"peak_bytes":2097152,"wall_seconds":1.25,"bytes_in":8,"bytes_out":0}},)"
              R"({"number":2,"worker":"w1","isolation":"strict","outcome":"worker_lost","exit_code":null,"message":"a\u001b[2Jb","usage":null},)"
              R"({"number":3,"worker":"w22","isolation":"none","outcome":null,"exit_code":null,"message":null,"usage":null}]})")
      .answer("GET /api/v1/jobs/7/artifacts", 200, R"({"total":0,"items":[]})");
  EXPECT_EQ(run({"job", "get", "7"}), 0) << err();
  EXPECT_THAT(out(), testing::EndsWith("\n\nATTEMPT  WORKER  ISOLATION  OUTCOME           TOOK     CPU  MEMORY  MESSAGE\n"
                                       "      1  w1      strict     failed, exit 7  1.25 s  0.50 s  2.0 MB  " +
                                       std::string(99, 'x') +
                                       "…\n"
                                       "      2  w1      strict     worker_lost                             a·[2Jb\n"
                                       "      3  w22     none       running                                 \n"));
}

TEST_F(ClientCommandsTest, job_get_has_no_table_for_a_single_attempt) {
  answer_job(api_);
  EXPECT_EQ(run({"job", "get", "7"}), 0) << err();
  EXPECT_THAT(out(), testing::Not(testing::HasSubstr("ATTEMPT")));
}

TEST_F(ClientCommandsTest, what_is_no_id_is_wrong_usage) {
  for (const char* id : {"abc", "0", "-1", "1.5", "99999999999999999999"}) EXPECT_EQ(run({"job", "get", id}), 2) << id;
  EXPECT_TRUE(api_.seen().empty());
}

}  // namespace
}  // namespace orc
