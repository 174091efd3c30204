#include "adapters/rest/job_batch.h"

#include <gtest/gtest.h>

#include "adapters/rest/rest_test_site.h"

namespace orc {
namespace {

struct Batching : RestSite {
  std::string admin = token_of_new("admin@b.example");
  Batching() { add_plugin("echo"); }
  RestReply send(const std::string& jobs) { return post("/api/v1/jobs:batch", R"({"jobs": [)" + jobs + "]}", admin); }
};

const std::string good = R"({"plugin_name": "echo", "input_data": {"n": 1}})";

TEST(job_batch, all_jobs_are_made_in_order) {
  Batching site;
  const auto reply = site.send(good + R"(, {"plugin_name": "echo", "input_data": {"n": 2}})");
  EXPECT_EQ(reply.status, 202) << reply.body;
  EXPECT_LT(reply.body.find(R"({"n": 1})"), reply.body.find(R"({"n": 2})"));
  EXPECT_EQ(site.stores.state.jobs.size(), 2U);
}

TEST(job_batch, one_bad_entry_refuses_all_with_the_code_it_would_have_alone) {
  Batching site;
  const auto strict = site.post("/api/v1/plugins",
                                R"({"name": "strict", "version": "1.0.0", "docker_image_url": "x:1", "input_schema": true})", site.admin);
  EXPECT_EQ(strict.status, 201) << strict.body;
  const std::string long_text(job_input_bytes_max, 'x');
  const struct {
    std::string entry;
    int status;
    std::string loc;
  } cases[] = {{R"({"plugin_name": "nobody"})", 404, R"("loc":["body","jobs",1,"plugin_name"])"},
               {R"({"plugin_name": "UPPER"})", 422, R"("loc":["body","jobs",1,"plugin_name"])"},
               {R"({"plugin_name": "echo", "input_data": []})", 422, R"("loc":["body","jobs",1,"input_data"])"},
               {R"({"plugin_name": "strict"})", 400, R"("loc":["body","jobs",1,"input_data"])"},
               {R"({"plugin_name": "echo", "input_data": {"a": ")" + long_text + "\"}}", 413, R"("loc":["body","jobs",1,"input_data"])"},
               {"7", 422, R"("loc":["body","jobs",1])"}};
  for (const auto& [entry, status, loc] : cases) {
    const auto reply = site.send(good + ", " + entry + ", " + good);
    EXPECT_EQ(reply.status, status) << entry.substr(0, 60) << reply.body;
    EXPECT_TRUE(reply.body.contains(loc)) << entry.substr(0, 60) << reply.body;
  }
  EXPECT_TRUE(site.stores.state.jobs.empty());
}

TEST(job_batch, inputs_that_cannot_be_looked_at_now_are_no_fault_of_an_entry_and_one_that_never_can_be_is) {
  Batching site;
  site.post("/api/v1/plugins", R"({"name": "strict", "version": "1.0.0", "docker_image_url": "x:1", "input_schema": true})", site.admin);
  const std::string entries = good + R"(, {"plugin_name": "strict"})";
  site.schemas.busy = true;
  const auto later = site.send(entries);
  EXPECT_EQ(later.status, 429);
  EXPECT_EQ(later.body, R"({"detail":"too many checks are waiting"})");
  EXPECT_EQ(later.header("Retry-After"), "1");
  site.schemas.busy = false;
  site.schemas.too_many_steps = true;
  const auto never = site.send(entries);
  EXPECT_EQ(never.status, 400);
  EXPECT_TRUE(never.body.contains(R"("loc":["body","jobs",1,"input_data"])")) << never.body;
  EXPECT_EQ(site.post("/api/v1/jobs", R"({"plugin_name": "strict"})", site.admin).body,
            R"({"detail":"input_data as a whole: the check took too many steps"})");
  EXPECT_TRUE(site.stores.state.jobs.empty());
}

TEST(job_batch, its_size_has_bounds) {
  Batching site;
  EXPECT_EQ(site.send("").status, 422);
  std::string many = good;
  for (int i = 1; i < 1000; ++i) many += "," + good;
  EXPECT_EQ(site.send(many).status, 202);
  EXPECT_EQ(site.send(many + "," + good).status, 422);
  for (const std::string body : {"{}", "[]", R"({"jobs": {}})", R"({"jobs": null})"})
    EXPECT_EQ(site.post("/api/v1/jobs:batch", body, site.admin).status, 422) << body;
}

TEST(job_batch, what_is_removed_meanwhile_is_answered_as_if_it_had_been_gone_before) {
  Batching site;
  site.post("/api/v1/plugins", R"({"name": "strict", "version": "1.0.0", "docker_image_url": "x:1", "input_schema": true})", site.admin);
  const std::string checked = R"({"plugin_name": "strict", "input_data": {"n": true}})";
  auto& state = site.stores.state;
  const auto plugins = state.plugins;
  site.schemas.meanwhile = [&] { std::erase_if(state.plugins, [](const auto& one) { return one.second.name == "strict"; }); };
  const auto batch = site.send(good + "," + checked);
  EXPECT_EQ(batch.status, 404);
  EXPECT_EQ(batch.body, R"({"detail":[{"loc":["body","jobs",1,"plugin_name"],"msg":"Plugin not found","type":"value_error"}]})");
  state.plugins = plugins;
  EXPECT_EQ(site.post("/api/v1/jobs", checked, site.admin).body, R"({"detail":"Plugin not found"})");
  state.plugins = plugins;
  site.schemas.meanwhile = [&] { state.users.clear(); };
  const auto nobody = site.send(good + "," + checked);
  EXPECT_EQ(nobody.status, 401);
  EXPECT_EQ(nobody.body, R"({"detail":"Could not validate credentials"})");
  EXPECT_EQ(nobody.header("WWW-Authenticate"), "Bearer");
}

TEST(job_batch, keys_hold_for_entries_and_for_the_whole) {
  Batching site;
  const std::string keyed = R"({"plugin_name": "echo", "idempotency_key": "k"})";
  const auto first = site.send(keyed);
  EXPECT_EQ(site.send(keyed).body, first.body);
  EXPECT_EQ(site.send(keyed + "," + keyed).status, 422);
  RestCall whole{"POST",
                 "/api/v1/jobs:batch",
                 R"({"jobs": [)" + good + "," + good + "]}",
                 {{"Authorization", "Bearer " + site.admin}, {"Idempotency-Key", "w"}}};
  const auto once = site.call(whole);
  EXPECT_EQ(once.status, 202) << once.body;
  EXPECT_EQ(site.call(whole).body, once.body);
  whole.body = R"({"jobs": [)" + good + "]}";
  const auto reused = site.call(whole);
  EXPECT_EQ(reused.status, 422);
  EXPECT_TRUE(reused.body.contains(R"("loc":["header","Idempotency-Key"])")) << reused.body;
  EXPECT_FALSE(reused.body.contains("w 0")) << reused.body;
  EXPECT_EQ(site.stores.state.jobs.size(), 3U);
}

TEST(job_batch, the_key_of_a_batch_holds_whatever_keys_its_entries_have) {
  Batching site;
  const std::vector<HttpField> headers = {{"Authorization", "Bearer " + site.admin}, {"Idempotency-Key", "w"}};
  const auto keyed = [](const std::string& key) { return R"({"jobs": [{"plugin_name": "echo", "idempotency_key": ")" + key + "\"}]}"; };
  EXPECT_EQ(site.call({"POST", "/api/v1/jobs:batch", keyed("a"), headers}).status, 202);
  EXPECT_EQ(site.call({"POST", "/api/v1/jobs:batch", keyed("b"), headers}).status, 422);
  EXPECT_EQ(site.call({"POST", "/api/v1/jobs", good, headers}).status, 422) << "a single job may not have it either";
  EXPECT_EQ(site.call({"POST", "/api/v1/jobs:batch", keyed("a"), headers}).status, 202);
  EXPECT_EQ(site.call({"POST", "/api/v1/jobs:batch", keyed("w"), headers}).status, 422) << "one key for the whole and for a part";
  EXPECT_EQ(site.stores.state.jobs.size(), 1U);
}

}  // namespace
}  // namespace orc
