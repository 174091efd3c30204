// A database of the older service, and what that service does to it afterwards.
#include <gtest/gtest.h>

#include "adapters/postgres/adopted_test_database.h"
#include "domain/callback/callback_url.h"

namespace orc::postgres {
namespace {

using PostgresAdoption = AdoptedDatabase;

TEST_F(PostgresAdoption, keeps_every_account_with_its_hash) {
  const User ada = ok(store().users().by_email("ada@example.org"));
  EXPECT_EQ(ada.id, UserId{1});
  EXPECT_EQ(ada.email, "Ada@Example.org");
  EXPECT_EQ(ada.password_hash, "$2b$12$EixZaYVK1fsbw1ZfbX3OXePaWxn96p36WQoeG6Lruj3vjPGga31lW");
  EXPECT_EQ(ada.role, Role::user) << "`orc user role` makes the administrator";
  EXPECT_EQ(to_ms(ada.created_at), 1'761'987'600'123);
  EXPECT_FALSE(ok(store().users().get(UserId{2})).is_active);
  EXPECT_EQ(code_of(store().users().add({.email = "ada@example.org"})), ErrorCode::conflict) << "one mailbox, one account";
}

TEST_F(PostgresAdoption, makes_one_version_of_each_plugin) {
  const Plugin plugin = ok(store().plugin_reader().by_name("example-classifier"));
  EXPECT_EQ(plugin.current.version, "1.0.0");
  EXPECT_EQ(plugin.current.spec.docker_image_url, "registry.example.org/classifier:1");
  EXPECT_EQ(plugin.current.spec.input_schema, R"({ "type":"object",  "required":["features"]})");
  EXPECT_EQ(plugin.current.spec.limits, PluginLimits{});
  EXPECT_EQ(plugin.current.spec.retry, RetryPolicy{});
  EXPECT_EQ(ok(store().plugin_reader().versions(plugin.id)).size(), 1u);
  EXPECT_FALSE(ok(store().plugin_reader().by_name("example-processor")).current.spec.input_schema);
}

TEST_F(PostgresAdoption, keeps_every_job) {
  EXPECT_EQ(counts(), (JobCounts{2, 0, 2, 2, 0}));
  EXPECT_EQ(ok(store().job_reader().list({}, {})).total, 6);
  EXPECT_EQ(job(1).status, JobStatus::completed);
  EXPECT_EQ(job(1).input.text, R"({"features": [1.0, 2.50]})");
  EXPECT_EQ(job(1).result->text, R"({ "prediction":"class_B", "confidence":8.70E-1 })");
  EXPECT_EQ(job(1).plugin_version, "1.0.0");
  EXPECT_EQ(job(1).owner, UserId{1});
  EXPECT_EQ(job(2).error_message, "Error: no features");
  EXPECT_EQ(job(3).status, JobStatus::queued) << "its worker is not ours: it starts again";
  EXPECT_EQ(job(5).status, JobStatus::failed);
  EXPECT_EQ(job(5).error_message, "Plugin not found");
  EXPECT_EQ(job(6).plugin_version, "");
  EXPECT_EQ(ok(store().job_reader().list({.owner = UserId{1}, .status = JobStatus::queued}, {})).items.at(0).id, JobId{4});
}

TEST_F(PostgresAdoption, runs_what_was_waiting) {
  const auto claimed = claim(10);
  ASSERT_EQ(claimed.size(), 2u);
  const ClaimedJob& first = claimed.at(0).id == JobId{4} ? claimed[0] : claimed[1];
  EXPECT_EQ(first.input.text, R"({"features": [3]})");
  EXPECT_EQ(first.version, ok(store().plugin_reader().by_name("example-classifier")).current.id);
  EXPECT_EQ(ok(store().jobs().finish(success(first))), JobStatus::completed);
}

TEST_F(PostgresAdoption, a_job_that_the_older_service_runs_again_has_not_ended) {
  ASSERT_TRUE(job(1).completed_at.has_value());
  for (const char* status : {"QUEUED", "PROCESSING"}) {
    sql("UPDATE jobs SET status = 'COMPLETED' WHERE id = 1");
    const auto ended_at = job(1).completed_at;
    sql("UPDATE jobs SET status = '" + std::string(status) + "' WHERE id = 1");
    EXPECT_EQ(job(1).completed_at, std::nullopt) << status;
    sql("UPDATE jobs SET status = 'COMPLETED' WHERE id = 1");
    ASSERT_TRUE(job(1).completed_at.has_value());
    EXPECT_GE(*job(1).completed_at, *ended_at) << "it ended now";
  }
}

TEST_F(PostgresAdoption, an_end_that_the_older_service_makes_is_told_like_any_other) {
  const Plugin plugin = ok(store().plugin_reader().by_name("example-classifier"));
  const struct {
    const char* url;
    const char* origin;
  } cases[] = {{"https://Hooks.example.org:443/x?y", "https://hooks.example.org"},
               {"http://127.0.0.1:8080/", "http://127.0.0.1:8080"},
               {"http://[::1]:80", "http://[::1]"}};
  for (const auto& [url, origin] : cases) {
    NewJob told{.owner = UserId{1}, .plugin = plugin.id, .version = plugin.current.id, .plugin_name = plugin.name, .share_key = "k"};
    told.input.text = "{}";
    told.callback_url = url;
    const std::string id = std::to_string(std::to_underlying(ok(store().jobs().submit({told})).front().id));
    sql("UPDATE jobs SET status = 'PROCESSING' WHERE id = " + id);
    EXPECT_TRUE(ok(store().callbacks().claim(origin, 10)).empty());
    sql("UPDATE jobs SET status = 'FAILED', error_message = 'no' WHERE id = " + id);
    const auto due = ok(store().callbacks().claim(origin, 10));
    ASSERT_EQ(due.size(), 1u) << url;
    EXPECT_EQ(due[0].status, JobStatus::failed);
    EXPECT_EQ(due[0].error_message, "no");
    EXPECT_EQ(parse_callback_url(due[0].url)->origin, origin);
    sql("UPDATE jobs SET error_message = 'no!' WHERE id = " + id);
    EXPECT_EQ(ok(store().callbacks().deliveries(due[0].job)).size(), 1u);
    sql("DELETE FROM jobs WHERE id = " + id);
    EXPECT_TRUE(ok(store().callbacks().deliveries(due[0].job)).empty());
  }
  EXPECT_EQ(ok(store().callbacks().waiting()), 0);
}

TEST_F(PostgresAdoption, a_job_that_the_older_service_inserts_later_runs) {
  claim(10);
  sql(R"(INSERT INTO jobs (plugin_name, status, input_data, owner_id) VALUES ('example-processor', 'QUEUED', '{"data": [7]}', 1))");
  const auto claimed = claim(10);
  ASSERT_EQ(claimed.size(), 1u);
  EXPECT_EQ(claimed[0].input.text, R"({"data": [7]})");
  EXPECT_EQ(claimed[0].owner, UserId{1});
  EXPECT_EQ(counts(), (JobCounts{0, 3, 2, 2, 0}));
  ok(store().jobs().finish(success(claimed[0])));
  EXPECT_EQ(counts(), (JobCounts{0, 2, 3, 2, 0}));
  sql("INSERT INTO jobs (plugin_name, status, input_data, owner_id) VALUES ('long-gone', 'QUEUED', '{}', 1)");
  EXPECT_EQ(job(8).status, JobStatus::failed);
  EXPECT_EQ(counts(), (JobCounts{0, 2, 3, 3, 0}));
}

TEST_F(PostgresAdoption, a_plugin_that_the_older_registry_changes_gets_a_new_version) {
  const Plugin before = ok(store().plugin_reader().by_name("example-processor"));
  sql("UPDATE plugins SET version = '1.3.0', docker_image_url = 'registry.example.org/processor:2' WHERE name = 'example-processor'");
  const Plugin after = ok(store().plugin_reader().by_name("example-processor"));
  EXPECT_EQ(after.current.version, "1.3.0");
  EXPECT_EQ(after.current.spec.docker_image_url, "registry.example.org/processor:2");
  EXPECT_EQ(job(3).version_id, before.current.id);
  sql("INSERT INTO plugins (name, version, docker_image_url) VALUES ('brand-new', '0.1.0', 'registry.example.org/new:1')");
  EXPECT_EQ(ok(store().plugin_reader().by_name("brand-new")).current.version, "0.1.0");
  EXPECT_EQ(ok(store().plugins().change(after.id, {.description = "ours"})).current.version, "1.3.0");
}

TEST_F(PostgresAdoption, jobs_of_others_go_only_to_workers_that_can_run_them) {
  sql("INSERT INTO plugins (name, version, docker_image_url) VALUES ('brand-new', '0.1.0', 'registry.example.org/new:1')");
  sql("INSERT INTO jobs (plugin_name, status, input_data, owner_id) VALUES ('brand-new', 'QUEUED', '{}', 1)");
  const WorkerId folders = ok(store().workers().add({.name = "f", .slots = 10, .equipment = {.runtimes = {Runtime::folder}}}));
  EXPECT_TRUE(ok(store().jobs().claim(folders, 10)).jobs.empty());
  const WorkerId images =
      ok(store().workers().add({.name = "i", .slots = 10, .equipment = {.runtimes = {Runtime::image}, .memory_mb = 1'100}}));
  EXPECT_EQ(ok(store().jobs().claim(images, 10)).jobs.size(), 2u) << "of three that wait, each with the memory of the contract's limits";
}

TEST_F(PostgresAdoption, counts_stay_exact_whatever_the_older_service_does) {
  sql("DELETE FROM jobs WHERE id = 1");
  EXPECT_EQ(counts(), (JobCounts{2, 0, 1, 2, 0}));
  const auto claimed = claim(10);
  sql("UPDATE jobs SET status = 'COMPLETED', result = '{\"done\": 1}' WHERE id = 4");
  EXPECT_EQ(counts(), (JobCounts{0, 1, 2, 2, 0}));
  for (const ClaimedJob& one : claimed)
    if (one.id == JobId{4}) EXPECT_EQ(code_of(store().jobs().finish(success(one))), ErrorCode::conflict);
  EXPECT_EQ(job(4).result->text, "{\"done\": 1}");
  sql("DELETE FROM users WHERE id = 1");
  EXPECT_FALSE(job(2).owner);
}

TEST_F(PostgresAdoption, a_job_that_the_older_service_never_ends_is_queued_again_when_its_time_is_over) {
  sql("UPDATE jobs SET status = 'PROCESSING' WHERE id IN (3, 4)");
  ok(store().jobs().end_orphans(100));
  EXPECT_EQ(counts(), (JobCounts{0, 2, 2, 2, 0})) << "it has just begun";
  sql("UPDATE jobs SET started_at = now() - interval '3 minutes' WHERE id = 4");
  ok(store().jobs().end_orphans(100));
  EXPECT_EQ(job(3).status, JobStatus::processing);
  EXPECT_EQ(counts(), (JobCounts{1, 1, 2, 2, 0}));
  const auto claimed = claim(10);
  ASSERT_EQ(claimed.size(), 1u);
  EXPECT_EQ(claimed[0].id, JobId{4});
  EXPECT_EQ(claimed[0].attempt, 1);
  ok(store().jobs().finish(success(claimed[0])));
}

TEST_F(PostgresAdoption, happens_once) {
  one_.reset();
  one_.emplace(url_);
  EXPECT_EQ(counts(), (JobCounts{2, 0, 2, 2, 0}));
}

TEST_F(PostgresAdoption, our_own_rows_can_be_read_by_the_older_service) {
  const Plugin plugin = ok(store().plugin_reader().by_name("example-processor"));
  ok(store().jobs().submit({{.owner = UserId{1},
                             .plugin = plugin.id,
                             .version = plugin.current.id,
                             .plugin_name = plugin.name,
                             .input = {.text = R"({"data": [1.50]})", .blob = {}},
                             .share_key = "a"}}));
  sql(R"(DO $$ BEGIN
    ASSERT (SELECT status = 'QUEUED' AND input_data->'data'->>0 = '1.50' AND owner_id = 1 FROM jobs WHERE id = 7);
  END $$)");
}

}  // namespace
}  // namespace orc::postgres
