#include "adapters/rest/job_routes.h"

#include <gtest/gtest.h>

#include "adapters/rest/rest_test_site.h"

namespace orc {
namespace {

// A site with an administrator, a user and a plugin that takes anything.
struct Submitting : RestSite {
  std::string admin = token_of_new("admin@b.example");
  std::string user = token_of_new("user@b.example");
  std::string submit(const std::string& body) {
    const auto reply = post("/api/v1/jobs", body, user);
    EXPECT_EQ(reply.status, 202) << reply.body;
    return member_of(reply.body, "id");
  }
  Submitting() { add_plugin("echo"); }
};

TEST(job_routes, a_job_is_told_with_all_its_fields_and_the_bytes_that_came) {
  Submitting site;
  const auto submitted =
      site.post("/api/v1/jobs", R"({"plugin_name": "echo", "input_data": { "price" :0.87, "e": 1E+2,"t":"\u00fc" }, "labels": {"a": "b"},
    "priority": 9, "run_at": "2024-05-01T10:00:00+02:00", "timeout_seconds": 7, "max_attempts": 2, "share_key": "s", "id": 5, "status": "completed"})",
                site.user);
  EXPECT_EQ(submitted.status, 202);
  EXPECT_TRUE(equals_golden("job_submitted", submitted.body));
  site.run_next_job(JobTrigger::succeeded, R"({ "ok" :1.50 })");
  const auto done = site.get("/api/v1/jobs/" + member_of(submitted.body, "id"), site.user);
  EXPECT_TRUE(equals_golden("job_completed", done.body));
  EXPECT_EQ(member_of(done.body, "input_data"), R"({ "price" :0.87, "e": 1E+2,"t":"\u00fc" })");
  EXPECT_EQ(member_of(done.body, "result"), R"({ "ok" :1.50 })");
}

TEST(job_routes, no_input_means_an_empty_object) {
  Submitting site;
  for (const std::string body : {R"({"plugin_name": "echo"})", R"({"plugin_name": "echo", "input_data": null})"})
    EXPECT_EQ(member_of(site.post("/api/v1/jobs", body, site.user).body, "input_data"), "{}");
}

TEST(job_routes, a_refusal_has_the_contracts_code_and_words) {
  Submitting site;
  site.add_plugin("off");
  EXPECT_EQ(site.put("/api/v1/plugins/off", R"({"is_active": false})", site.admin).status, 200);
  EXPECT_EQ(site.put("/api/v1/plugins/off", R"({"is_active": false})", site.user).status, 403);
  const auto strict = site.post("/api/v1/plugins",
                                R"({"name": "strict", "version": "1.0.0", "docker_image_url": "x:1", "input_schema": true})", site.admin);
  EXPECT_EQ(strict.status, 201) << strict.body;
  const struct {
    std::string body;
    int status;
    std::string part;
  } cases[] = {
      {R"({"plugin_name": "nobody"})", 404, R"({"detail":"Plugin not found"})"},
      {R"({"plugin_name": "off"})", 409, "not active"},
      {R"({"plugin_name": "strict"})", 400, "input_data /"},
      {R"({"plugin_name": "UPPER"})", 422, R"("loc":["body","plugin_name"])"},
      {R"({})", 422, R"("type":"missing")"},
      {R"({"plugin_name": "echo", "input_data": [1]})", 422, R"("loc":["body","input_data"])"},
      {R"({"plugin_name": "echo", "priority": 10, "run_at": "tomorrow"})", 422, R"("loc":["body","run_at"])"},
      {R"({"plugin_name": "echo", "priority": 10, "run_at": "tomorrow"})", 422, R"("loc":["body","priority"])"},
      {R"({"plugin_name": "echo", "max_attempts": 0})", 422, R"("loc":["body","max_attempts"])"},
      {R"({"plugin_name": "echo", "timeout_seconds": 86401})", 422, R"("loc":["body","timeout_seconds"])"},
      {R"({"plugin_name": "echo", "labels": {"a": 1}})", 422, R"("loc":["body","labels","a"])"},
      {R"({"plugin_name": "echo", "idempotency_key": "a b"})", 422, R"("loc":["body","idempotency_key"])"},
      {R"({"plugin_name": "echo", "plugin_name": "echo"})", 422, R"("type":"json_invalid")"},
      {R"({"plugin_name": "echo", "input_data": {"f": {"$blob": "sha256:12"}}})", 422, "at /f"},
      {R"({"plugin_name": "echo", "input_data": {"f": {"$blob": "sha256:)" + std::string(64, '0') + R"("}}})", 400, "was not uploaded"},
      {"", 422, R"("loc":["body"])"},
      {"[]", 422, R"("loc":["body"])"},
      {std::string(100'000, '['), 422, R"("type":"json_invalid")"},
  };
  for (const auto& [body, status, part] : cases) {
    const auto reply = site.post("/api/v1/jobs", body, site.user);
    EXPECT_EQ(reply.status, status) << body.substr(0, 80) << reply.body;
    EXPECT_TRUE(reply.body.contains(part)) << body.substr(0, 80) << reply.body;
  }
  EXPECT_TRUE(site.stores.state.jobs.empty());
}

TEST(job_routes, an_input_of_a_mebibyte_is_taken_and_a_byte_more_is_413) {
  Submitting site;
  const auto body_of = [](std::size_t input_bytes) {
    return R"({"plugin_name": "echo", "input_data": {"a":")" + std::string(input_bytes - 8, 'x') + R"("}})";
  };
  EXPECT_EQ(site.post("/api/v1/jobs", body_of(job_input_bytes_max), site.user).status, 202);
  EXPECT_EQ(site.post("/api/v1/jobs", body_of(job_input_bytes_max + 1), site.user).status, 413);
  EXPECT_EQ(site.post("/api/v1/jobs", std::string(2 * job_input_bytes_max, ' '), site.user).status, 413);
}

TEST(job_routes, wait_that_cannot_see_the_end_answers_what_was_taken) {
  Submitting site;
  site.stores.state.faults.reads_fail_after_submission = true;
  const auto taken = site.post("/api/v1/jobs?wait=2", R"({"plugin_name": "echo"})", site.user);
  EXPECT_EQ(taken.status, 202) << "an error would make the client submit it again";
  EXPECT_EQ(member_of(taken.body, "status"), R"("queued")");
}

TEST(job_routes, wait_answers_with_the_finished_job_or_gives_up) {
  Submitting site;
  const std::string keyed = R"({"plugin_name": "echo", "idempotency_key": "k"})";
  EXPECT_EQ(site.post("/api/v1/jobs?wait=2", keyed, site.user).status, 202);
  site.run_next_job(JobTrigger::succeeded, R"({"ok":1})");
  const auto done = site.post("/api/v1/jobs?wait=2", keyed, site.user);
  EXPECT_EQ(done.status, 200);
  EXPECT_EQ(member_of(done.body, "result"), R"({"ok":1})");
  for (const std::string wait : {"301", "-1", "x", "1.5", "", "1&wait=2"})
    EXPECT_EQ(site.post("/api/v1/jobs?wait=" + wait, R"({"plugin_name": "echo"})", site.user).status, 422) << wait;
  EXPECT_EQ(site.post("/api/v1/jobs?wait=0", R"({"plugin_name": "echo"})", site.user).status, 202);
}

TEST(job_routes, the_same_key_gives_the_same_job) {
  Submitting site;
  const std::string body = R"({"plugin_name": "echo", "input_data": {"n": 1}, "idempotency_key": "k"})";
  const std::string id = site.submit(body);
  EXPECT_EQ(site.submit(body), id);
  const auto other = site.post("/api/v1/jobs", R"({"plugin_name": "echo", "input_data": {"n": 2}, "idempotency_key": "k"})", site.user);
  EXPECT_EQ(other.status, 422);
  EXPECT_TRUE(other.body.contains(R"("loc":["body","idempotency_key"])")) << other.body;
  EXPECT_NE(member_of(site.post("/api/v1/jobs", body, site.admin).body, "id"), id) << "another user's key is another key";

  RestCall by_header{
      "POST", "/api/v1/jobs", R"({"plugin_name": "echo"})", {{"Authorization", "Bearer " + site.user}, {"Idempotency-Key", "h"}}};
  const std::string first = member_of(site.call(by_header).body, "id");
  EXPECT_EQ(member_of(site.call(by_header).body, "id"), first);
  by_header.body = R"({"plugin_name": "echo", "idempotency_key": "other"})";
  EXPECT_EQ(site.call(by_header).status, 422);
  by_header.headers[1].value = "with space";
  EXPECT_EQ(site.call(by_header).status, 422);
}

TEST(job_routes, a_repeat_while_the_first_is_in_flight_is_409) {
  Submitting site;
  const RestCall call{
      "POST", "/api/v1/jobs", R"({"plugin_name": "echo", "idempotency_key": "k"})", {{"Authorization", "Bearer " + site.user}}};
  const auto [first, second] = site.call_both(call, call);
  EXPECT_EQ(first.status, 202);
  EXPECT_EQ(second.status, 409);
  EXPECT_EQ(site.call(call).status, 202) << "the key is free again";
  EXPECT_EQ(site.stores.state.jobs.size(), 1U);
}

TEST(job_routes, a_job_is_its_owners_and_an_administrators) {
  Submitting site;
  const std::string id = site.submit(R"({"plugin_name": "echo"})");
  const std::string other = site.token_of_new("other@b.example");
  const std::string places[] = {"", "/attempts", "/logs"};
  for (const std::string& place : places) {
    const auto reply = site.get("/api/v1/jobs/" + id + place, other);
    EXPECT_EQ(reply.status, 403) << place;
    EXPECT_EQ(reply.body, R"({"detail":"Not authorized to access this job"})");
    EXPECT_EQ(site.get("/api/v1/jobs/" + id + place, site.admin).status, 200) << place;
    EXPECT_EQ(site.get("/api/v1/jobs/999999" + place, other).body, R"({"detail":"Job not found"})");
  }
  for (const std::string verb : {"/cancel", "/retry"}) EXPECT_EQ(site.post("/api/v1/jobs/" + id + verb, "", other).status, 403);
  EXPECT_EQ(site.erase("/api/v1/jobs/" + id, other).status, 403);
  EXPECT_EQ(site.get("/api/v1/jobs", other).body, R"({"total":0,"items":[]})");
  EXPECT_EQ(site.get("/api/v1/jobs?scope=all", other).body, R"({"detail":"Insufficient permissions"})");
  EXPECT_EQ(member_of(site.get("/api/v1/jobs", site.admin).body, "total"), "0");
  EXPECT_EQ(member_of(site.get("/api/v1/jobs?scope=all", site.admin).body, "total"), "1");
}

TEST(job_routes, lists_filter_literally) {
  Submitting site;
  site.submit(R"({"plugin_name": "echo"})");
  const struct {
    std::string query;
    int status;
    std::string total;
  } cases[] = {{"", 200, "1"},
               {"?status=&plugin_name=", 200, "1"},
               {"?status=queued", 200, "1"},
               {"?status=completed", 200, "0"},
               {"?plugin_name=echo&skip=1", 200, "1"},
               {"?plugin_name=ech_", 200, "0"},
               {"?plugin_name=%25", 200, "0"},
               {"?status=weird", 400, ""},
               {"?status=QUEUED", 400, ""},
               {"?scope=mine", 422, ""},
               {"?owner_id=0", 422, ""},
               {"?status=queued&status=failed", 422, ""},
               {"?label=a", 422, ""},
               {"?to=2020-01-01T00:00:00Z", 422, ""},
               {"?cursor=x", 422, ""},
               {"?unknown=1", 200, "1"}};
  for (const auto& [query, status, total] : cases) {
    const auto reply = site.get("/api/v1/jobs" + query, site.user);
    EXPECT_EQ(reply.status, status) << query << reply.body;
    EXPECT_EQ(member_of(reply.body, "total"), total) << query;
  }
  EXPECT_EQ(site.get("/api/v1/jobs?status=weird'", site.user).body, R"({"detail":"Invalid status: weird'"})");
}

TEST(job_routes, a_job_is_cancelled_retried_and_deleted) {
  Submitting site;
  const std::string place = "/api/v1/jobs/" + site.submit(R"({"plugin_name": "echo"})");
  EXPECT_EQ(site.post(place + "/retry", "", site.user).status, 409);
  const auto cancelled = site.post(place + "/cancel", "", site.user);
  EXPECT_EQ(cancelled.status, 202);
  EXPECT_EQ(member_of(cancelled.body, "status"), "\"cancelled\"");
  EXPECT_EQ(site.post(place + "/cancel", "", site.user).status, 409);
  EXPECT_EQ(member_of(site.post(place + "/retry", "", site.user).body, "status"), "\"queued\"");
  EXPECT_EQ(site.erase(place, site.user).status, 204);
  EXPECT_EQ(site.erase(place, site.user).status, 404);
}

TEST(job_routes, history_tells_each_attempt_and_line) {
  Submitting site;
  const std::string place = "/api/v1/jobs/" + site.submit(R"({"plugin_name": "echo"})");
  site.run_next_job(JobTrigger::failed_for_good, "exit code 1: it went wrong");
  EXPECT_TRUE(equals_golden("attempts", site.get(place + "/attempts", site.user).body));
  EXPECT_TRUE(equals_golden("logs", site.get(place + "/logs", site.user).body));
  const auto text = site.get(place + "/logs?format=text&from=2", site.user);
  EXPECT_EQ(text.body, "two \"2\"\n");
  EXPECT_EQ(text.content_type, "text/plain; charset=utf-8");
  EXPECT_EQ(site.get(place + "/logs?format=text&limit=1", site.user).header("X-Total-Count"), "2");
  for (const std::string query : {"from=0", "limit=0", "limit=10001", "format=xml"})
    EXPECT_EQ(site.get(place + "/logs?" + query, site.user).status, 422) << query;
}

TEST(job_routes, a_dead_letter_is_told_to_administrators_and_redriven) {
  Submitting site;
  const std::string id = site.submit(R"({"plugin_name": "echo"})");
  site.run_next_job(JobTrigger::failed_for_good, "exit code 1: it went wrong");
  EXPECT_EQ(site.get("/api/v1/dead-letters", site.user).status, 403);
  EXPECT_TRUE(equals_golden("dead_letters", site.get("/api/v1/dead-letters", site.admin).body));
  const auto again = site.post("/api/v1/dead-letters/" + id + "/redrive", "", site.admin);
  EXPECT_EQ(again.status, 202);
  EXPECT_EQ(member_of(again.body, "status"), "\"queued\"");
  EXPECT_EQ(site.post("/api/v1/dead-letters/" + id + "/redrive", "", site.admin).status, 404);
}

TEST(job_routes, the_dashboard_counts_what_one_may_see) {
  Submitting site;
  for (int i = 0; i < 12; ++i) site.submit(R"({"plugin_name": "echo"})");
  site.post("/api/v1/jobs", R"({"plugin_name": "echo"})", site.admin);
  const std::string own = site.get("/api/v1/dashboard/stats", site.user).body;
  EXPECT_EQ(
      member_of(own, "stats"),
      R"({"total_jobs":12,"queued_jobs":12,"processing_jobs":0,"completed_jobs":0,"failed_jobs":0,"cancelled_jobs":0,"active_users":2})");
  EXPECT_EQ(member_of(member_of(site.get("/api/v1/dashboard/stats", site.admin).body, "stats"), "total_jobs"), "13");
}

TEST(job_routes, a_blob_is_kept_under_its_own_hash_only) {
  Submitting site;
  const std::string content = "line of a blob\n";
  const std::string hash = to_hex(site.stores.digest.sha256(content));
  EXPECT_EQ(site.put("/api/v1/blobs/" + hash, "other", site.user).status, 422);
  EXPECT_EQ(site.put("/api/v1/blobs/nothash", content, site.user).status, 422);
  const auto kept = site.put("/api/v1/blobs/" + hash, content, site.user);
  EXPECT_EQ(kept.status, 201);
  EXPECT_EQ(kept.body, R"({"sha256":")" + hash + R"(","bytes":15})");
  site.submit(R"({"plugin_name": "echo", "input_data": {"f": {"$blob": "sha256:)" + hash + R"("}}})");
}

}  // namespace
}  // namespace orc
