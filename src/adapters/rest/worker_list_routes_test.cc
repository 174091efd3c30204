#include "adapters/rest/worker_list_routes.h"

#include <gtest/gtest.h>

#include "adapters/rest/rest_test_site.h"
#include "application/duties/rescue_lost_workers.h"
#include "tests/contract/run_async.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

struct WorkerListRoutesTest : testing::Test {
  RestSite site;
  std::string admin = site.token_of_new("admin@b.example");
  WorkerId worker = ok(site.stores.workers.add({.name = "host:1", .isolation = Isolation::container, .slots = 4}));
  std::string path = "/api/v1/workers/" + std::to_string(std::to_underlying(worker));

  // As the duty that looks for lost workers does once a second.
  void look() { site.worker_beats.saw(ok(site.stores.workers.list()), site.stores.clock.steady_now()); }
  std::string first() {
    const std::string items = member_of(site.get("/api/v1/workers", admin).body, "items");
    return items.size() < 2 ? items : items.substr(1, items.size() - 2);
  }
};

TEST_F(WorkerListRoutesTest, each_worker_is_shown_with_what_it_runs) {
  site.add_plugin("echo");
  site.post("/api/v1/jobs", R"({"plugin_name": "echo", "input_data": {}})", admin);
  ASSERT_EQ(ok(site.stores.jobs.claim(worker, 1)).jobs.size(), 1u);
  const std::string shown = first();
  const std::pair<std::string, std::string> members[] = {{"name", "\"host:1\""}, {"home", "\"server\""}, {"isolation", "\"container\""},
                                                         {"slots", "4"},         {"running", "1"},       {"state", "\"active\""},
                                                         {"warning", "null"}};
  for (const auto& [name, value] : members) EXPECT_EQ(member_of(shown, name), value) << name;
}

TEST_F(WorkerListRoutesTest, the_sign_on_is_a_beat_until_somebody_has_looked) {
  site.stores.clock.advance(worker_lease - 1ms);
  EXPECT_EQ(member_of(first(), "last_beat_at"), member_of(first(), "started_at"));
  site.stores.clock.advance(1ms);
  EXPECT_EQ(member_of(first(), "last_beat_at"), "null") << "nobody knows whether it lives";
}

TEST_F(WorkerListRoutesTest, a_beat_is_dated_by_when_it_was_seen_and_one_that_stays_away_is_lost) {
  look();
  const std::string seen = member_of(first(), "last_beat_at");
  site.stores.clock.advance(worker_lease - 1ms);
  EXPECT_EQ(member_of(first(), "last_beat_at"), seen);
  EXPECT_EQ(member_of(first(), "state"), "\"active\"");
  site.stores.clock.advance(1ms);
  EXPECT_EQ(member_of(first(), "state"), "\"lost\"");
  ok(site.stores.workers.beat(worker));
  look();
  EXPECT_EQ(member_of(first(), "state"), "\"active\"");
  EXPECT_NE(member_of(first(), "last_beat_at"), seen);
}

TEST_F(WorkerListRoutesTest, workers_that_promise_their_host_twice_say_so_as_long_as_both_live) {
  const Equipment whole{.memory_mb = 21'600, .host = "0f0e", .host_memory_mb = 24'000};
  const WorkerId one = ok(site.stores.workers.add({.name = "host:2", .equipment = whole}));
  ok(site.stores.workers.add({.name = "host:3", .equipment = whole}));
  look();
  const std::string shown = site.get("/api/v1/workers", admin).body;
  EXPECT_NE(shown.find("\"warning\":\"2 workers on one host promise 43200 MB"), std::string::npos) << shown;
  EXPECT_NE(shown.find(R"("warning":null},{"id":)"), std::string::npos) << "the first worker is on another host: " << shown;
  site.stores.clock.advance(worker_lease);
  ok(site.stores.workers.beat(one));
  look();
  EXPECT_EQ(site.get("/api/v1/workers", admin).body.find("\"warning\":\""), std::string::npos);
}

TEST_F(WorkerListRoutesTest, a_worker_is_drained_and_opened_again) {
  const auto drained = site.post(path + "/drain", "", admin);
  EXPECT_EQ(drained.status, 200);
  EXPECT_EQ(member_of(drained.body, "state"), "\"draining\"");
  EXPECT_EQ(member_of(first(), "state"), "\"draining\"");
  EXPECT_EQ(site.stores.state.audit.back().entry.action, "worker.drain");
  const auto opened = site.post(path + "/resume", "", admin);
  EXPECT_EQ(member_of(opened.body, "state"), "\"active\"");
  EXPECT_EQ(site.signals.work_arrivals, 1) << "a claim that waits looks again";
  EXPECT_EQ(site.post("/api/v1/workers/999999/drain", "", admin).status, 404);
}

TEST_F(WorkerListRoutesTest, only_administrators_may) {
  const std::string user = site.token_of_new("user@b.example");
  EXPECT_EQ(site.get("/api/v1/workers", user).status, 403);
  for (const std::string verb : {"/drain", "/resume"}) {
    EXPECT_EQ(site.post(path + verb, "", user).status, 403);
    EXPECT_EQ(site.call({"POST", path + verb}).status, 401);
  }
}

}  // namespace
}  // namespace orc
