#include "adapters/rest/deliberation_routes.h"

#include <gtest/gtest.h>

#include "adapters/rest/deliberation_json.h"
#include "adapters/rest/rest_test_site.h"
#include "domain/deliberation/deliberation_script.h"
#include "domain/deliberation/listed_text.h"
#include "tests/contract/run_async.h"

namespace orc {
namespace {

struct DeliberationRoutesTest : testing::Test {
  static std::string body(std::string_view task = "t", std::string_view url = "http://127.0.0.1:8000") {
    return R"({"task_id": ")" + std::string(task) +
           R"(", "task_description": "Name a prime.", "role": "DEV", "constraints": {"story_id": "s"},
               "agents": [{"id": "a", "role": "DEV", "model": "m"}, {"id": "b", "role": "DEV", "model": "m"}], "vllm_model": "m", "vllm_url": ")" +
           std::string(url) + R"("})";
  }
  std::string submit(const std::string& token) {
    const std::string id = member_of(site.post("/api/v1/deliberations", body(), token).body, "deliberation_id");
    return id.size() < 2 ? id : id.substr(1, id.size() - 2);
  }
  static std::string path(const std::string& id) { return "/api/v1/deliberations/" + id; }

  RestSite site;
  std::string admin = site.token_of_new("admin@b.example");
  std::string ada = site.token_of_new("ada@b.example");
  std::string bob = site.token_of_new("bob@b.example");
};

TEST_F(DeliberationRoutesTest, one_is_taken_as_over_grpc) {
  const auto reply = site.post("/api/v1/deliberations", body("t-1"), ada);
  EXPECT_EQ(reply.status, 202) << reply.body;
  EXPECT_EQ(member_of(reply.body, "task_id"), "\"t-1\"");
  EXPECT_EQ(member_of(reply.body, "status"), "\"submitted\"");
  EXPECT_TRUE(member_of(reply.body, "deliberation_id").starts_with("\"deliberation-t-1-"));
  EXPECT_EQ(site.deliberation_signals.submitted_ids.size(), 1u);
  EXPECT_TRUE(site.log.holds("deliberation submitted"));
}

TEST_F(DeliberationRoutesTest, it_is_shown_with_its_calls_and_what_they_used) {
  const std::string id = submit(ada);
  const auto call = [](std::uint32_t agent, CallOutcome outcome) {
    return FinishedCall{.name = {.stage = 0, .agent = agent},
                        .outcome = outcome,
                        .text = "eleven",
                        .answer = {},
                        .score = {},
                        .usage = {.in = 10, .out = 2, .cached = 1},
                        .cost_micros = 500'000,
                        .duration = std::chrono::milliseconds{250}};
  };
  ok(site.stores.deliberations.record(id, call(0, CallOutcome::succeeded)));
  ok(site.stores.deliberations.record(id, call(1, CallOutcome::failed)));
  ok(site.stores.deliberations.end(id, {.status = DeliberationStatus::failed, .error = "nobody knows"}));
  const auto reply = site.get(path(id), ada);
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(member_of(reply.body, "status"), "\"failed\"");
  EXPECT_EQ(member_of(reply.body, "error_message"), "\"nobody knows\"");
  EXPECT_EQ(member_of(reply.body, "usage"), R"({"calls":2,"tokens_in":20,"tokens_out":4,"tokens_cached":2,"money":1})");
  EXPECT_TRUE(
      member_of(reply.body, "calls")
          .starts_with(
              R"([{"stage":0,"kind":"propose","agent_id":"a","sample":0,"model":"m","outcome":"succeeded","text":"eleven","error_message":null,)"));
  EXPECT_EQ(
      member_of(reply.body, "by_agent"),
      R"([{"agent_id":"a","calls":1,"tokens_in":10,"tokens_out":2,"tokens_cached":1,"money":0.5,"failed_calls":0,"call_seconds":0.25},)"
      R"({"agent_id":"b","calls":1,"tokens_in":10,"tokens_out":2,"tokens_cached":1,"money":0.5,"failed_calls":1,"call_seconds":0.25}])");
  EXPECT_TRUE(member_of(reply.body, "by_stage").starts_with(R"([{"stage":0,"kind":"propose","calls":2,)"));
}

// What is long is written elsewhere than on the I/O thread: so its size is told before.
TEST_F(DeliberationRoutesTest, the_size_that_is_told_before_is_that_of_all_texts) {
  const std::string id = submit(ada);
  for (const std::uint32_t agent : {0U, 1U})
    ok(site.stores.deliberations.record(
        id, {.name = {.agent = agent}, .text = std::string(3000, 't'), .reasoning = std::string(50'000, 'r'), .answer = {}, .score = {}}));
  const auto result = [](std::string agent) {
    return DeliberationResult::create(
               {.agent_id = std::move(agent), .proposal = std::string(3000, 't'), .reasoning = std::string(50'000, 'r'), .metadata = {}})
        .value();
  };
  ok(site.stores.deliberations.end(
      id, {.decision = result("a"),
           .together = MultiAgentDeliberationResult::create(
                           {.results = {result("a"), result("b")}, .total_agents = 2, .completed_agents = 2, .failed_agents = 0})
                           .value(),
           .error = {}}));
  const auto reply = site.get(path(id), ada);
  ASSERT_EQ(reply.status, 200) << reply.body;
  const RecordedDeliberation recorded{.deliberation = ok(site.stores.deliberations.get(id)),
                                      .calls = ok(site.stores.deliberations.calls(id))};
  EXPECT_GE(text_size_of(recorded) * 10, reply.body.size() * 9);
}

DeliberationEnd with_a_long_answer(std::size_t bytes) {
  const auto result = [&](std::string agent, std::size_t size) {
    return DeliberationResult::create({.agent_id = std::move(agent), .proposal = std::string(size, 't'), .reasoning = "", .metadata = {}})
        .value();
  };
  return {.decision = result("a", bytes),
          .together = MultiAgentDeliberationResult::create(
                          {.results = {result("a", bytes), result("b", 10)}, .total_agents = 2, .completed_agents = 2, .failed_agents = 0})
                          .value(),
          .error = {}};
}

TEST_F(DeliberationRoutesTest, lists_cut_long_texts_and_say_so) {
  const std::string id = submit(ada);
  ok(site.stores.deliberations.end(id, with_a_long_answer(5000)));
  const std::string items = member_of(site.get("/api/v1/deliberations", ada).body, "items");
  const std::string item = items.substr(1, items.size() - 2);
  const std::string result = member_of(item, "result");
  EXPECT_EQ(member_of(result, "proposal").size(), 2 + listed_text_bytes_max);
  EXPECT_EQ(member_of(result, "truncated"), "true");
  const std::string results = member_of(item, "results");
  EXPECT_TRUE(results.contains(R"("proposal":"tttttttttt","reasoning":"","score":0,"metadata":{}}])"))
      << "what is short is whole: " << results;
  const std::string whole = site.get(path(id), ada).body;
  EXPECT_EQ(member_of(member_of(whole, "result"), "proposal").size(), 2 + 5000u);
  EXPECT_FALSE(whole.contains("truncated"));
}

TEST_F(DeliberationRoutesTest, what_there_is_no_room_for_is_not_read) {
  const std::string id = submit(ada);
  ok(site.stores.deliberations.end(id, with_a_long_answer(50'000)));
  const int reads = site.stores.deliberations.gets;
  site.room = 100'000;
  for (const char* tail : {"", "/replay", "/stream"}) {
    const auto refused = site.get(path(id) + tail, ada);
    EXPECT_EQ(refused.status, 503) << tail;
    EXPECT_EQ(refused.header("Retry-After"), "1");
    EXPECT_EQ(site.get(path(id) + tail, bob).status, 403) << "nobody else hears of it";
  }
  EXPECT_EQ(site.stores.deliberations.gets, reads);
  EXPECT_EQ(site.get("/api/v1/deliberations", ada).status, 200) << "lists hold little of it";
  site.room = 1000;
  EXPECT_EQ(site.get("/api/v1/deliberations", ada).status, 503);
  EXPECT_EQ(site.post(path(id) + "/cancel", "", ada).status, 409) << "nothing is read for that";
  site.room = 1'000'000;
  EXPECT_EQ(site.get(path(id), ada).status, 200);
}

TEST_F(DeliberationRoutesTest, others_do_not_see_it_and_administrators_do) {
  const std::string id = submit(ada);
  EXPECT_EQ(site.get(path(id), bob).status, 403);
  EXPECT_EQ(site.post(path(id) + "/cancel", "", bob).status, 403);
  EXPECT_EQ(site.get(path(id), admin).status, 200);
  EXPECT_EQ(site.get(path("deliberation-x"), ada).status, 404);
  EXPECT_EQ(site.call({"GET", path(id)}).status, 401);
}

TEST_F(DeliberationRoutesTest, lists_hold_ones_own_newest_first) {
  const std::string first = submit(ada);
  const std::string second = submit(ada);
  submit(bob);
  ok(site.stores.deliberations.end(first, {.status = DeliberationStatus::cancelled, .error = "x"}));
  const auto listed = [&](const std::string& query, const std::string& token) { return site.get("/api/v1/deliberations" + query, token); };
  EXPECT_EQ(member_of(listed("", ada).body, "total"), "2");
  const std::string items = member_of(listed("", ada).body, "items");
  EXPECT_LT(items.find(second), items.find(first));
  EXPECT_EQ(member_of(listed("?status=cancelled", ada).body, "total"), "1");
  EXPECT_EQ(listed("?status=done", ada).status, 400);
  EXPECT_EQ(listed("?scope=all", ada).status, 403);
  EXPECT_EQ(member_of(listed("?scope=all&limit=1", admin).body, "total"), "3");
  EXPECT_EQ(listed("?skip=-1", ada).status, 422);
}

TEST_F(DeliberationRoutesTest, an_ended_one_is_replayed_to_the_byte) {
  const std::string id = submit(ada);
  EXPECT_EQ(site.get(path(id) + "/replay", ada).status, 409);
  DeliberationScript script(2, preset_plan("independent", {}).value());
  const auto end = script.play([](CallName name) { return DeliberationScript::success(name, "eleven"); });
  for (const FinishedCall& call : script.record) ok(site.stores.deliberations.record(id, call));
  ok(site.stores.deliberations.end(id, end));
  const auto reply = site.get(path(id) + "/replay", ada);
  ASSERT_EQ(reply.status, 200) << reply.body;
  EXPECT_EQ(member_of(reply.body, "same"), "true");
  EXPECT_EQ(member_of(reply.body, "recorded"), member_of(reply.body, "replayed"));
  EXPECT_EQ(site.get(path(id) + "/replay", bob).status, 403);
}

TEST_F(DeliberationRoutesTest, a_record_that_was_tampered_with_replays_to_something_else) {
  const std::string id = submit(ada);
  ok(site.stores.deliberations.record(id, DeliberationScript::success({.stage = 0, .agent = 0}, "eleven")));
  ok(site.stores.deliberations.record(id, DeliberationScript::success({.stage = 0, .agent = 1}, "twelve")));
  ok(site.stores.deliberations.end(id, {.status = DeliberationStatus::failed, .error = "made up"}));
  EXPECT_EQ(member_of(site.get(path(id) + "/replay", ada).body, "same"), "false");
}

TEST_F(DeliberationRoutesTest, what_one_has_used_is_summed) {
  const std::string id = submit(ada);
  submit(bob);
  ok(site.stores.deliberations.record(id, DeliberationScript::success({.stage = 0, .agent = 0}, "eleven")));
  EXPECT_EQ(site.get("/api/v1/deliberations/usage", ada).body,
            R"({"deliberations":1,"calls":1,"tokens_in":10,"tokens_out":5,"tokens_cached":0,"money":0,"failed_calls":0,"call_seconds":0})");
  EXPECT_EQ(site.get("/api/v1/deliberations/usage?scope=all", ada).status, 403);
  EXPECT_EQ(member_of(site.get("/api/v1/deliberations/usage?scope=all", admin).body, "deliberations"), "2");
}

TEST_F(DeliberationRoutesTest, one_is_cancelled_once) {
  const std::string id = submit(ada);
  const auto reply = site.post(path(id) + "/cancel", "", ada);
  EXPECT_EQ(reply.status, 202);
  EXPECT_EQ(member_of(reply.body, "status"), "\"cancelled\"");
  EXPECT_EQ(site.deliberation_signals.ended_ids, std::vector<std::string>{id});
  EXPECT_EQ(site.post(path(id) + "/cancel", "", ada).status, 409);
}

TEST_F(DeliberationRoutesTest, what_breaks_a_rule_is_refused_with_its_place) {
  const auto blank = site.post("/api/v1/deliberations", body(" "), ada);
  EXPECT_EQ(blank.status, 422);
  EXPECT_TRUE(blank.body.contains(R"("loc":["body","task_id"])")) << blank.body;
  EXPECT_EQ(site.post("/api/v1/deliberations", body("t", "http://169.254.169.254"), ada).status, 403);
  EXPECT_EQ(site.post("/api/v1/deliberations", "{", ada).status, 422);
  EXPECT_EQ(site.deliberation_signals.submitted_ids.size(), 0u);
}

TEST(deliberation_rate, submissions_beyond_the_rate_wait_and_refusals_are_free) {
  RestSite site({}, Registration::open, {.submissions = Rate{.count = 1, .period = std::chrono::seconds{60}}});
  const std::string ada = site.token_of_new("ada@b.example");
  EXPECT_EQ(site.post("/api/v1/deliberations", DeliberationRoutesTest::body(" "), ada).status, 422);
  EXPECT_EQ(site.post("/api/v1/deliberations", DeliberationRoutesTest::body(), ada).status, 202);
  EXPECT_EQ(site.post("/api/v1/deliberations", DeliberationRoutesTest::body(), ada).status, 429);
}

}  // namespace
}  // namespace orc
