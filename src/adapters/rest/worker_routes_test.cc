#include "adapters/rest/worker_routes.h"

#include <gtest/gtest.h>

#include "adapters/json/json_document.h"
#include "adapters/rest/rest_test_site.h"
#include "tests/contract/run_async.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

const std::string base = "/api/v1/worker/v1";

// A site with an administrator, a plugin, and a key with scope worker.
struct Working : RestSite {
  std::string admin = token_of_new("admin@b.example");
  std::string key = key_with("worker");

  explicit Working(Isolation least = Isolation::none) : RestSite({.isolation = least}) { add_plugin("echo"); }

  std::string key_with(const std::string& scopes) {
    const std::string text = member_of(post("/api/v1/api-keys", R"({"name": "k", "scopes": [")" + scopes + "\"]}", admin).body, "api_key");
    return text.substr(1, text.size() - 2);
  }
  std::string sign_on() {
    const auto reply = post(base + "/workers", R"({"name": "host:1", "isolation": "strict", "slots": 4, "release": "9"})", key);
    EXPECT_EQ(reply.status, 201) << reply.body;
    return member_of(reply.body, "worker_id");
  }
  std::string submit() { return member_of(post("/api/v1/jobs", R"({"plugin_name": "echo", "input_data": {"n": 1}})", admin).body, "id"); }
  RestReply ask(const std::string& worker, const std::string& verb, const std::string& body) {
    return post(base + "/workers/" + worker + "/" + verb, body, key);
  }
  // {"job_id": …, "fence": …} of the next job.
  std::string claimed(const std::string& worker) {
    const auto reply = ask(worker, "claim", R"({"count": 1})");
    EXPECT_EQ(reply.status, 200) << reply.body;
    const auto document = JsonDocument::parse(reply.body);
    const JsonValue run = *document->root().find("runs")->elements().begin();
    return R"({"job_id": )" + std::string(run.find("job_id")->raw()) + R"(, "fence": )" + std::string(run.find("fence")->raw()) + "}";
  }
};

TEST(worker_routes, only_a_key_with_scope_worker_may_work) {
  Working site;
  const struct {
    std::string method, path, body;
  } routes[] = {{"POST", "/workers", "{}"},
                {"POST", "/workers/1/beat", "{}"},
                {"POST", "/workers/1/claim", "{}"},
                {"POST", "/workers/1/report", "{}"},
                {"POST", "/workers/1/finish", "{}"},
                {"DELETE", "/workers/1", ""},
                {"GET", "/blobs/" + std::string(64, '0'), ""},
                {"PUT", "/blobs/" + std::string(64, '0'), "x"}};
  for (const auto& [method, path, body] : routes) {
    for (const std::string& token : {site.admin, site.key_with("admin"), site.key_with("submit")})
      EXPECT_EQ(site.call({method, base + path, body, {{"Authorization", "Bearer " + token}}}).status, 403) << path;
    EXPECT_EQ(site.call({method, base + path, body}).status, 401) << path;
    EXPECT_NE(site.call({method, base + path, body, {{"Authorization", "Bearer " + site.key}}}).status, 403) << path;
  }
  EXPECT_EQ(site.get("/api/v1/jobs", site.key).status, 403) << "such a key does nothing else";
}

TEST(worker_routes, a_worker_that_isolates_less_than_is_demanded_is_refused_with_what_would_help) {
  Working site{Isolation::container};
  const auto sign_on = [&](const std::string& isolation) {
    return site.post(base + "/workers", R"({"name": "host:1", "isolation": ")" + isolation + R"(", "slots": 1})", site.key);
  };
  const auto refused = sign_on("none");
  EXPECT_EQ(refused.status, 409);
  EXPECT_TRUE(refused.body.contains("demands container at least")) << refused.body;
  EXPECT_TRUE(refused.body.contains("start the worker with --isolation container, and it says what its host lacks")) << refused.body;
  EXPECT_EQ(sign_on("container").status, 201);
  EXPECT_EQ(sign_on("strict").status, 201);
}

TEST(worker_routes, what_is_malformed_is_refused_with_its_place) {
  Working site;
  const std::string worker = site.sign_on();
  const struct {
    std::string verb, body, part;
  } cases[] = {
      {"beat", "[]", "body"},
      {"beat", R"({"held": [1]})", "held"},
      {"beat", R"({"held": [{"job_id": 1}]})", "held"},
      {"beat", R"({"wait_seconds": 4})", "wait_seconds"},
      {"claim", "{}", "count"},
      {"claim", R"({"count": 1001})", "count"},
      {"claim", R"({"count": 1, "wait_seconds": 31})", "wait_seconds"},
      {"report", "{}", "reports"},
      {"report", R"({"reports": [{"job_id": 1, "fence": 1, "log_from": 0}]})", "log_from"},
      {"report", R"({"reports": [{"job_id": 1, "fence": 1, "progress": 1.1}]})", "progress"},
      {"finish", "{}", "ends"},
      {"finish", R"({"ends": [{"job_id": 1, "fence": 1, "outcome": "good"}]})", "outcome"},
  };
  for (const auto& [verb, body, part] : cases) {
    const auto reply = site.ask(worker, verb, body);
    EXPECT_EQ(reply.status, 422) << body;
    EXPECT_TRUE(reply.body.contains("\"" + part + "\"")) << body << reply.body;
  }
  for (const std::string body :
       {"{}", R"({"name": "", "isolation": "strict", "slots": 1})", R"({"name": "a", "isolation": "good", "slots": 1})",
        R"({"name": "a", "isolation": "strict", "slots": 0})"})
    EXPECT_EQ(site.post(base + "/workers", body, site.key).status, 422) << body;
}

TEST(worker_routes, a_session_from_signing_on_to_signing_off) {
  Working site;
  const std::string worker = site.sign_on();
  const std::string job = site.submit();
  const std::string run = site.claimed(worker);
  EXPECT_EQ(site.ask(worker, "beat", R"({"held": [)" + run + "]}").body, R"({"stop":[]})");
  std::string end = run;
  end.insert(end.size() - 1, R"(, "outcome": "succeeded", "output_text": "{ \"n\" :2 }", "later_field": 1)");
  EXPECT_EQ(site.ask(worker, "finish", R"({"ends": [)" + end + "," + end + "]}").body.substr(0, 48),
            R"({"results":[{"status":"completed"},{"error":{"co)");
  EXPECT_EQ(member_of(site.get("/api/v1/jobs/" + job, site.admin).body, "result"), R"({ "n" :2 })");
  EXPECT_EQ(site.erase(base + "/workers/" + worker, site.key).status, 204);
  EXPECT_EQ(site.ask(worker, "beat", "{}").status, 404);
  EXPECT_EQ(site.erase(base + "/workers/" + worker, site.key).status, 404);
}

TEST(worker_routes, nobody_acts_as_the_worker_of_this_process) {
  Working site;
  const auto own = site.run(site.stores.workers.add({.name = "here"}));
  const std::string worker = std::to_string(std::to_underlying(*own));
  for (const std::string verb : {"beat", "claim", "report", "finish"})
    EXPECT_EQ(site.ask(worker, verb, R"({"count": 1, "ends": [], "reports": []})").status, 404) << verb;
  EXPECT_EQ(site.erase(base + "/workers/" + worker, site.key).status, 404);
}

TEST(worker_routes, a_run_that_must_stop_is_named_as_long_as_it_is_held) {
  Working site;
  const std::string worker = site.sign_on();
  const std::string job = site.submit();
  const std::string run = site.claimed(worker);
  const std::string beat = R"({"held": [)" + run + R"(], "wait_seconds": 3})";
  EXPECT_EQ(site.ask(worker, "beat", beat).body, R"({"stop":[]})");
  EXPECT_EQ(site.post("/api/v1/jobs/" + job + "/cancel", "", site.admin).status, 202);
  for (int i = 0; i < 2; ++i) EXPECT_EQ(member_of(site.ask(worker, "beat", beat).body, "stop").substr(0, 9), R"([{"job_id)") << i;
  EXPECT_EQ(site.ask(worker, "beat", "{}").body, R"({"stop":[]})");
}

TEST(worker_routes, who_names_the_run_of_another_worker_changes_nothing_for_it) {
  Working site;
  const std::string owner = site.sign_on();
  const std::string other = site.sign_on();
  const std::string job = site.submit();
  const std::string run = site.claimed(owner);
  const std::string held = R"({"held": [)" + run + "]}";
  for (int i = 0; i < 2; ++i)
    EXPECT_TRUE(member_of(site.ask(other, "beat", held).body, "stop").contains(job)) << "it is told to stop what is not its own";
  EXPECT_FALSE(member_of(site.ask(owner, "beat", held).body, "stop").contains(job)) << "the run goes on where it belongs";
  EXPECT_EQ(site.post("/api/v1/jobs/" + job + "/cancel", "", site.admin).status, 202);
  EXPECT_TRUE(member_of(site.ask(owner, "beat", held).body, "stop").contains(job)) << "and is stopped there";
}

TEST(worker_routes, what_a_run_says_is_there_to_be_read_while_it_runs) {
  Working site;
  const std::string worker = site.sign_on();
  const std::string job = site.submit();
  const std::string run = site.claimed(worker);
  const auto report = [&](const std::string& fields) {
    std::string told = run;
    told.insert(told.size() - 1, fields);
    return site.ask(worker, "report", R"({"reports": [)" + told + "]}").body;
  };
  const std::string taken = R"({"results":[{"status":"processing"}]})";
  const std::string first = R"(, "log": [{"t_ms": 1000, "text": "one"}, {"t_ms": 1000, "stream": "out", "text": "two"}])";
  EXPECT_EQ(report(first + R"(, "progress": 0.25, "message": "half of a half", "later_field": 1)"), taken);
  EXPECT_EQ(report(first), taken) << "a repeat";
  EXPECT_EQ(report(R"(, "log_from": 3, "log": [{"t_ms": 1000, "text": "three"}])"), taken);
  EXPECT_TRUE(report(R"(, "log_from": 9, "log": [{"t_ms": 1000, "text": "x"}])").contains("invalid_argument"));
  EXPECT_EQ(member_of(site.get("/api/v1/jobs/" + job + "/logs", site.admin).body, "total"), "3");
  const std::string seen = site.get("/api/v1/jobs/" + job, site.admin).body;
  EXPECT_EQ(member_of(seen, "progress"), "0.25");
  EXPECT_EQ(member_of(seen, "progress_message"), "\"half of a half\"");
  std::string end = run;
  end.insert(end.size() - 1, R"(, "outcome": "succeeded", "output_text": "{}", "log_from": 4, "log": [{"t_ms": 1, "text": "four"}])");
  EXPECT_EQ(site.ask(worker, "finish", R"({"ends": [)" + end + "]}").body, R"({"results":[{"status":"completed"}]})");
  EXPECT_EQ(member_of(site.get("/api/v1/jobs/" + job + "/logs", site.admin).body, "total"), "4");
  EXPECT_EQ(member_of(site.get("/api/v1/jobs/" + job, site.admin).body, "progress"), "null");
  EXPECT_TRUE(report(first).contains("conflict"));
}

// Claims come here, beats and ends go to another process.
TEST(worker_routes, runs_of_a_worker_whose_beats_go_elsewhere_are_forgotten) {
  Working site;
  const std::string worker = site.sign_on();
  WorkDesk there({.store = site.stores.jobs,
                  .reader = site.stores.job_reader,
                  .workers = site.stores.workers,
                  .plugins = site.stores.plugin_reader,
                  .schemas = site.schemas,
                  .signals = site.signals,
                  .random = site.random,
                  .clock = site.stores.clock},
                 site.payloads, 1);
  const WorkerId id{std::stoll(worker)};
  for (int i = 0; i < 20; ++i) {
    site.submit();
    const std::string run = site.claimed(worker);
    const RunName name{.job = JobId{std::stoll(member_of(run, "job_id"))}, .fence = Fence{std::stoll(member_of(run, "fence"))}};
    ok(there.finish(id, name, {.how = AttemptOutcome::succeeded, .output = "{}"}));
    site.stores.clock.advance(WorkerSessions::silence_max / 2);
  }
  EXPECT_LE(site.work_desk.remembered(), 4u);
}

TEST(worker_routes, runs_of_a_worker_that_is_silent_are_forgotten_once_anybody_asks) {
  Working site;
  const std::string dead = site.sign_on();
  site.submit();
  site.claimed(dead);
  EXPECT_EQ(site.work_desk.remembered(), 1u);
  site.stores.clock.advance(WorkerSessions::silence_max);
  site.sign_on();
  EXPECT_EQ(site.work_desk.remembered(), 0u);
}

TEST(worker_routes, a_session_that_another_process_began_goes_on_here) {
  Working site;
  NewWorker there{.name = "there", .home = WorkerHome::elsewhere};
  const auto id = site.run(site.work_desk.sign_on(there));
  const std::string worker = std::to_string(std::to_underlying(*id));
  site.submit();
  const std::string run = site.claimed(worker);
  EXPECT_EQ(site.ask(worker, "beat", R"({"held": [)" + run + "]}").status, 200);
}

TEST(worker_routes, a_claim_of_none_ends_another_and_gives_nothing) {
  Working site;
  const std::string worker = site.sign_on();
  site.submit();
  EXPECT_EQ(site.ask(worker, "claim", R"({"count": 0})").body, R"({"runs":[],"versions":[]})");
}

TEST(worker_routes, blobs_go_up_and_come_down) {
  Working site;
  const std::string bytes = R"({"a": "long output"})";
  const std::string hash = to_hex(site.stores.digest.sha256(bytes));
  const std::string target = base + "/blobs/" + hash;
  EXPECT_EQ(site.get(target, site.key).status, 404);
  EXPECT_EQ(site.put(target, "other bytes", site.key).status, 422);
  EXPECT_EQ(site.put(target, bytes, site.key).status, 204);
  EXPECT_EQ(site.get(target, site.key).body, bytes);
  EXPECT_EQ(site.get(base + "/blobs/12", site.key).status, 422);
  const std::string worker = site.sign_on();
  const std::string job = site.submit();
  std::string end = site.claimed(worker);
  std::string missing = end;
  missing.insert(end.size() - 1, R"(, "outcome": "succeeded", "output_blob": "sha256:)" + std::string(64, '0') + "\"");
  EXPECT_TRUE(site.ask(worker, "finish", R"({"ends": [)" + missing + "]}").body.contains("was not uploaded"));
  end.insert(end.size() - 1, R"(, "outcome": "succeeded", "output_blob": "sha256:)" + hash + "\"");
  EXPECT_EQ(site.ask(worker, "finish", R"({"ends": [)" + end + "]}").body, R"({"results":[{"status":"completed"}]})");
  EXPECT_EQ(member_of(site.get("/api/v1/jobs/" + job, site.admin).body, "result"), bytes);
}

TEST(worker_routes, files_of_an_end_must_have_been_uploaded_with_the_size_that_it_says) {
  Working site;
  const std::string bytes = "a file";
  const std::string hash = to_hex(site.stores.digest.sha256(bytes));
  const std::string worker = site.sign_on();
  const std::string job = site.submit();
  const std::string run = site.claimed(worker);
  const auto finish = [&](std::size_t size) {
    std::string end = run;
    end.insert(end.size() - 1, R"(, "outcome": "succeeded", "output_text": "{}", "artifacts": [{"name": "a.txt", "bytes": )" +
                                   std::to_string(size) + R"(, "blob": "sha256:)" + hash + "\"}]");
    return site.ask(worker, "finish", R"({"ends": [)" + end + "]}").body;
  };
  const std::string absent = finish(bytes.size());
  EXPECT_TRUE(absent.contains("invalid_argument") && absent.contains("the blob of a.txt, " + hash + ", was not uploaded")) << absent;
  EXPECT_EQ(site.put(base + "/blobs/" + hash, bytes, site.key).status, 204);
  const std::string wrong = finish(bytes.size() + 1);
  EXPECT_TRUE(wrong.contains("invalid_argument") && wrong.contains("has 6 bytes, and not the 7 that the end says")) << wrong;
  EXPECT_EQ(finish(bytes.size()), R"({"results":[{"status":"completed"}]})");
  EXPECT_TRUE(finish(bytes.size()).contains("conflict"));
}

// The plugins of a server one of whose clients leaves in the moment in which its claim has won something.
class PluginsAskedAsTheClientLeaves final : public PluginReader {
 public:
  PluginsAskedAsTheClientLeaves(PluginReader& plugins, std::stop_source gone) : plugins_(plugins), gone_(std::move(gone)) {}
  Async<Plugin> by_name(std::string_view name) override { return plugins_.by_name(name); }
  Async<Plugin> by_id(PluginId id) override { return plugins_.by_id(id); }
  Async<PluginVersion> version(PluginVersionId id) override {
    gone_.request_stop();
    return plugins_.version(id);
  }
  Async<std::vector<PluginVersion>> versions(PluginId id) override { return plugins_.versions(id); }
  Async<PluginPage> list(std::string_view name_part, Page page) override { return plugins_.list(name_part, page); }

 private:
  PluginReader& plugins_;
  std::stop_source gone_;
};

TEST(worker_routes, what_a_claim_has_won_whose_client_has_left_goes_back_at_once) {
  Working site;
  const WorkerId worker{std::stoll(site.sign_on())};
  const JobId job{std::stoll(site.submit())};
  const std::stop_source gone;
  PluginsAskedAsTheClientLeaves plugins(site.stores.plugin_reader, gone);
  WorkDesk desk({.store = site.stores.jobs,
                 .reader = site.stores.job_reader,
                 .workers = site.stores.workers,
                 .plugins = plugins,
                 .schemas = site.schemas,
                 .signals = site.signals,
                 .random = site.random,
                 .clock = site.stores.clock},
                site.payloads, 1);
  WorkerSessions sessions(
      {.desk = desk, .workers = site.stores.workers, .blobs = site.stores.blobs, .wake_ups = site.wake_ups, .clock = site.stores.clock});
  EXPECT_TRUE(ok(sessions.claim(worker, 1, 20s, gone.get_token())).empty());
  EXPECT_EQ(site.stores.state.jobs.at(job).job.status, JobStatus::queued);
  EXPECT_EQ(site.stores.state.jobs.at(job).job.attempts, 0);
  EXPECT_EQ(desk.remembered(), 0u);
}

TEST(worker_routes, a_claim_whose_client_leaves_while_it_waits_wins_nothing) {
  Working site;
  const WorkerId worker{std::stoll(site.sign_on())};
  WorkerSessions sessions({.desk = site.work_desk,
                           .workers = site.stores.workers,
                           .blobs = site.stores.blobs,
                           .wake_ups = site.wake_ups,
                           .clock = site.stores.clock});
  std::stop_source gone;
  site.signals.while_waiting = [&] { gone.request_stop(); };
  const auto before = site.stores.clock.steady_now();
  EXPECT_TRUE(ok(sessions.claim(worker, 1, 20s, gone.get_token())).empty());
  EXPECT_EQ(site.stores.clock.steady_now(), before);
}

TEST(worker_routes, a_server_that_stops_answers_those_who_wait) {
  Working site;
  const std::string worker = site.sign_on();
  site.api.end_waits();
  const auto before = site.stores.clock.steady_now();
  EXPECT_EQ(site.ask(worker, "claim", R"({"count": 1, "wait_seconds": 30})").status, 200);
  EXPECT_EQ(site.ask(worker, "beat", R"({"wait_seconds": 3})").status, 200);
  EXPECT_EQ(site.stores.clock.steady_now(), before);
}

}  // namespace
}  // namespace orc
