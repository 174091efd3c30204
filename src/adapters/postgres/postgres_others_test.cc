// Writes of others that know nothing of us, from any role and any search_path, keep what is ours whole.
#include <algorithm>
#include <cctype>
#include <gtest/gtest.h>
#include <stdexcept>

#include "adapters/postgres/adopted_test_database.h"

namespace orc::postgres {
namespace {

using namespace std::chrono_literals;

using PostgresOthers = AdoptedDatabase;

PluginSpec demanding_folder() {
  PluginSpec spec;
  spec.command = {"./run", "--fast"};
  spec.package = ContentHash{};
  spec.package->bytes.fill(7);
  spec.input_schema = R"({"type": "object"})";
  spec.limits = {.timeout = 600s, .grace = 9s, .queue = 3600s, .memory_mb = 8192, .cpus = 2.5, .pids = 99, .output_kb = 9, .scratch_mb = 8};
  spec.retry = {.attempts_max = 2, .backoff = {5s}};
  spec.env = {{"MODE", "fast"}};
  spec.mode = PluginMode::warm;
  spec.warm = {
      .processes_max = 3, .in_flight = 2, .start = 30s, .idle = 60s, .requests_max = 500, .share = WarmShare::all, .files_out = true};
  spec.resources = {.cpus = 1.5, .memory_mb = {}, .gpus = 1, .custom = {{"licence", 1}}};
  spec.isolation = Isolation::container;
  spec.worker_labels = {{"pool", "abc"}, {"runtime", "x"}};
  return spec;
}

// Has what the folder above needs, but for so much memory.
NewWorker worker_with(std::int64_t memory_mb) {
  return {.name = "w",
          .isolation = Isolation::strict,
          .slots = 10,
          .equipment = {.runtimes = {Runtime::folder, Runtime::image},
                        .cpus = 8,
                        .memory_mb = memory_mb,
                        .gpus = 1,
                        .custom = {{"licence", 1}},
                        .labels = {{"pool", "abc"}, {"runtime", "x"}},
                        .warm_requests = 1000}};
}

TEST_F(PostgresOthers, who_describe_a_plugin_anew_change_nothing_else_of_it) {
  PluginSpec image;
  image.docker_image_url = "registry.example.org/big:1";
  image.limits.memory_mb = 4096;
  for (const auto& [name, spec] : {std::pair{"folder", demanding_folder()}, std::pair{"image", image}}) {
    const Plugin before = ok(store().plugins().add({.name = name, .version = "1.0.0", .description = "first", .spec = spec}));
    sql("UPDATE plugins SET description = 'second' WHERE name = '" + std::string(name) + "'");
    const Plugin after = ok(store().plugin_reader().by_name(name));
    EXPECT_EQ(after.current.spec, spec) << name;
    EXPECT_EQ(after.current.description, "second");
    EXPECT_EQ(after.current.version, "1.0.0");
    EXPECT_GT(after.current.id, before.current.id);
    EXPECT_EQ(ok(store().plugin_reader().versions(after.id)).size(), 2u) << "the first one is as it was";
    EXPECT_EQ(ok(store().plugin_reader().versions(after.id)).back().description, "first");
  }
}

TEST_F(PostgresOthers, who_describe_a_plugin_anew_change_nothing_of_what_its_jobs_need) {
  sql("DELETE FROM jobs");
  ok(store().plugins().add({.name = "folder", .version = "1.0.0", .description = "", .spec = demanding_folder()}));
  sql("UPDATE plugins SET version = '1.0.1', input_schema = '{}' WHERE name = 'folder';"
      "INSERT INTO jobs (plugin_name, status, input_data, owner_id) VALUES ('folder', 'QUEUED', '{}', 1)");
  const WorkerId small = ok(store().workers().add(worker_with(4000)));
  EXPECT_TRUE(ok(store().jobs().claim(small, 10)).jobs.empty()) << "of 8192 MB two requests of one process need half each";
  const WorkerId large = ok(store().workers().add(worker_with(8192)));
  const auto claimed = ok(store().jobs().claim(large, 10)).jobs;
  ASSERT_EQ(claimed.size(), 1u);
  EXPECT_EQ(ok(store().plugin_reader().version(claimed[0].version)).spec.package, demanding_folder().package);
  EXPECT_EQ(ok(store().jobs().finish(success(claimed[0]))), JobStatus::completed);
}

TEST_F(PostgresOthers, who_give_a_plugin_an_image_change_what_runs_and_where) {
  sql("DELETE FROM jobs");
  PluginSpec wanted = demanding_folder();
  ok(store().plugins().add({.name = "folder", .version = "1.0.0", .description = "", .spec = wanted}));
  sql("UPDATE plugins SET docker_image_url = 'registry.example.org/new:1' WHERE name = 'folder';"
      "INSERT INTO jobs (plugin_name, status, input_data, owner_id) VALUES ('folder', 'QUEUED', '{}', 1)");
  wanted.docker_image_url = "registry.example.org/new:1";
  wanted.command.clear();
  wanted.package.reset();
  EXPECT_EQ(ok(store().plugin_reader().by_name("folder")).current.spec, wanted);
  NewWorker of_folders = worker_with(9000);
  of_folders.equipment.runtimes = {Runtime::folder};
  EXPECT_TRUE(ok(store().jobs().claim(ok(store().workers().add(of_folders)), 10)).jobs.empty());
  EXPECT_EQ(ok(store().jobs().claim(ok(store().workers().add(worker_with(9000))), 10)).jobs.size(), 1u);
}

// Nobody of ours has permitted it for the new image.
TEST_F(PostgresOthers, who_give_a_plugin_an_image_do_not_take_the_hosts_network_along) {
  sql("DELETE FROM jobs");
  PluginSpec once;
  once.docker_image_url = "registry.example.org/old:1";
  PluginSpec warm = demanding_folder();
  warm.worker_labels = {{"network", "host"}};
  for (auto& [name, spec] : {std::pair{"once", once}, std::pair{"warm", warm}}) {
    PluginSpec wanted = spec;
    wanted.network = NetworkAccess::host;
    ok(store().plugins().add({.name = name, .version = "1.0.0", .description = "", .spec = wanted}));
    sql("UPDATE plugins SET description = 'the same program' WHERE name = '" + std::string(name) + "'");
    EXPECT_EQ(ok(store().plugin_reader().by_name(name)).current.spec, wanted) << name;
    sql("UPDATE plugins SET docker_image_url = 'registry.example.org/new:1' WHERE name = '" + std::string(name) +
        "';"
        "INSERT INTO jobs (plugin_name, status, input_data, owner_id) VALUES ('" +
        std::string(name) + "', 'QUEUED', '{}', 1)");
    wanted.docker_image_url = "registry.example.org/new:1";
    wanted.command.clear();
    wanted.package.reset();
    wanted.network = NetworkAccess::none;
    EXPECT_EQ(ok(store().plugin_reader().by_name(name)).current.spec, wanted) << name;
  }
  NewWorker plain = worker_with(9000);
  plain.equipment.labels.emplace("network", "host");
  EXPECT_EQ(ok(store().jobs().claim(ok(store().workers().add(plain)), 10)).jobs.size(), 2u) << "it needs no worker that gives one";
}

// What the older service does in the course of a day.
constexpr auto its_day = R"(
  INSERT INTO {}users (email, hashed_password, is_active) VALUES ('new@example.org', 'x', true);
  UPDATE {}users SET full_name = 'New' WHERE email = 'new@example.org';
  INSERT INTO {}plugins (name, version, docker_image_url) VALUES ('brand-new', '0.1.0', 'registry.example.org/new:1');
  UPDATE {}plugins SET description = 'better' WHERE name = 'brand-new';
  INSERT INTO {}jobs (plugin_name, status, input_data, owner_id) VALUES ('brand-new', 'QUEUED', '{}', 1);
  UPDATE {}jobs SET status = 'PROCESSING', started_at = now() WHERE plugin_name = 'brand-new';
  UPDATE {}jobs SET status = 'COMPLETED', result = '{}' WHERE plugin_name = 'brand-new';
  UPDATE {}jobs SET status = 'QUEUED' WHERE id = 2;
  DELETE FROM {}jobs WHERE id = 1;
  DELETE FROM {}plugins WHERE name = 'brand-new';
  DELETE FROM {}users WHERE email = 'new@example.org';)";

std::string its_day_in(const std::string& schema) {
  std::string text = its_day;
  for (auto at = text.find("{}"); at != std::string::npos; at = text.find("{}", at)) {
    const bool is_table = std::isalpha(static_cast<unsigned char>(text[at + 2])) != 0;
    if (is_table) text.replace(at, 2, schema);
    at += is_table ? schema.size() : 2;
  }
  return text;
}

TEST_F(PostgresOthers, may_have_a_role_with_rights_on_the_three_tables_only) {
  sql("DO $$ BEGIN IF to_regrole('orc_test_older') IS NULL THEN CREATE ROLE orc_test_older LOGIN; END IF; END $$;"
      "GRANT SELECT, INSERT, UPDATE, DELETE ON users, plugins, jobs TO orc_test_older;"
      "GRANT USAGE ON SEQUENCE users_id_seq, plugins_id_seq, jobs_id_seq TO orc_test_older");
  ok(store().jobs().finish(success(claim(1).at(0))));
  sql_of_others(as_role(url_, "orc_test_older"), its_day_in(""));
  EXPECT_EQ(counts(), (JobCounts{2, 0, 3, 1, 0}));
  EXPECT_EQ(job(2).status, JobStatus::queued);
  EXPECT_THROW(sql_of_others(as_role(url_, "orc_test_older"), "SELECT * FROM api_keys"), std::runtime_error);
  EXPECT_THROW(sql_of_others(as_role(url_, "orc_test_older"),
                             "CREATE TEMP TABLE t (LIKE plugins); CREATE TRIGGER mine BEFORE INSERT ON t "
                             "FOR EACH ROW EXECUTE FUNCTION orc_complete_plugin()"),
               std::runtime_error)
      << "they act in the name of who made them, so on our tables only";
}

TEST(PostgresOtherSchema, may_be_named_by_those_who_do_not_look_into_it) {
  const std::string url = shared_server().make_empty_database();
  sql_of_others(url, "CREATE SCHEMA app; SET search_path = app; " + older_service());
  {
    OneStore one(with_options(url, "-csearch_path%3Dapp"));
    sql_of_others(url, its_day_in("app."));
    EXPECT_EQ(ok(one.store->job_reader().counts({})), (JobCounts{3, 0, 2, 1, 0}));
    sql_of_others(url, "DO $$ BEGIN ASSERT to_regclass('public.jobs') IS NULL; END $$");
  }
  shared_server().drop_database(url);
}

class PostgresJobsWithoutStatus : public AdoptedDatabase {
 protected:
  PostgresJobsWithoutStatus()
      : AdoptedDatabase(
            "INSERT INTO jobs (plugin_name, status, input_data, owner_id) VALUES ('example-processor', NULL, '{}', 1), "
            "('long-gone', NULL, '{}', 1);") {}
};

TEST_F(PostgresJobsWithoutStatus, are_queued_when_they_are_adopted) {
  EXPECT_EQ(counts(), (JobCounts{3, 0, 2, 3, 0}));
  EXPECT_EQ(job(7).status, JobStatus::queued);
  EXPECT_FALSE(job(7).completed_at);
  EXPECT_EQ(job(8).error_message, "Plugin not found");
  const auto claimed = claim(10);
  ASSERT_EQ(claimed.size(), 3u);
  for (const ClaimedJob& one : claimed) ok(store().jobs().finish(success(one)));
  EXPECT_EQ(counts(), (JobCounts{0, 0, 5, 3, 0}));
}

TEST_F(PostgresJobsWithoutStatus, are_queued_when_they_come_later) {
  claim(10);
  sql("INSERT INTO jobs (plugin_name, input_data, owner_id) VALUES ('example-processor', '{}', 1);"
      "INSERT INTO jobs (plugin_name, status, input_data, owner_id) VALUES ('example-processor', NULL, '{}', 1)");
  EXPECT_EQ(claim(10).size(), 2u);
  sql("UPDATE jobs SET status = NULL WHERE id = 1");
  EXPECT_EQ(job(1).status, JobStatus::queued);
}

class PostgresOddAccounts : public AdoptedDatabase {
 protected:
  PostgresOddAccounts()
      : AdoptedDatabase(R"(ALTER TABLE users ALTER COLUMN email TYPE varchar COLLATE "tr-x-icu";)"
                        "INSERT INTO users (email, hashed_password, is_active) VALUES ('ada@example.org', 'x', true), "
                        "('root@localhost', 'x', true), ('INFO@Example.org', 'x', true);") {}
};

TEST_F(PostgresOddAccounts, are_found_as_they_are_spelled_whatever_the_language_of_the_database) {
  const std::pair<const char*, UserId> cases[] = {{"Ada@Example.org", UserId{1}},
                                                  {"ada@example.org", UserId{3}},
                                                  {"ADA@example.org", UserId{3}},
                                                  {"root@localhost", UserId{4}},
                                                  {"info@example.org", UserId{5}}};
  for (const auto& [email, id] : cases) EXPECT_EQ(ok(store().users().by_email(email)).id, id) << email;
  EXPECT_EQ(ok(store().users().change(UserId{3}, {.email = "ada.b@example.org"})).email, "ada.b@example.org");
  EXPECT_EQ(ok(store().users().by_email("ada@example.org")).id, UserId{1});
}

TEST_F(PostgresOthers, who_queue_a_dead_letter_again_find_it_as_new) {
  const ClaimedJob first = claim(1).at(0);
  AttemptEnd end = success(first);
  end.trigger = JobTrigger::failed_for_good;
  end.outcome = AttemptOutcome::failed;
  end.result.reset();
  end.message = "it broke";
  end.artifacts = {{.name = "report.txt", .bytes = 1, .hash = {}}};
  ok(store().jobs().finish(end));
  ASSERT_EQ(ok(store().job_reader().dead_letters({})).total, 1);
  const std::string id = std::to_string(std::to_underlying(first.id));
  sql("UPDATE jobs SET queue_s = 60, due_at = now() - interval '1 hour' WHERE id = " + id +
      "; UPDATE jobs SET status = 'QUEUED' WHERE id = " + id);
  EXPECT_EQ(ok(store().job_reader().dead_letters({})).total, 0);
  EXPECT_FALSE(job(std::to_underlying(first.id)).error_message);
  EXPECT_TRUE(ok(store().jobs().end_overdue(10)).empty()) << "it waits from now on";
  const auto claimed = claim(10);
  const auto again = std::ranges::find(claimed, first.id, &ClaimedJob::id);
  ASSERT_NE(again, claimed.end());
  EXPECT_EQ(again->attempt, 1);
  sql("DO $$ BEGIN ASSERT NOT EXISTS (SELECT 1 FROM job_artifacts) AND NOT EXISTS (SELECT 1 FROM job_blobs); END $$");
  ok(store().jobs().finish(success(*again)));
  sql("UPDATE jobs SET status = 'QUEUED' WHERE id = " + id);
  EXPECT_FALSE(job(std::to_underlying(first.id)).result);
}

TEST_F(PostgresOthers, who_queue_a_job_again_whose_plugin_another_one_replaced_are_told) {
  sql("DELETE FROM plugins WHERE name = 'example-classifier';"
      "INSERT INTO plugins (name, version, docker_image_url) VALUES ('example-classifier', '9.0.0', 'registry.example.org/other:1');"
      "UPDATE jobs SET status = 'QUEUED' WHERE id = 1");
  EXPECT_EQ(job(1).status, JobStatus::failed);
  EXPECT_EQ(job(1).error_message, "Plugin not found");
  sql("UPDATE jobs SET status = 'QUEUED', plugin_name = 'example-processor' WHERE id = 1");
  EXPECT_EQ(job(1).status, JobStatus::queued);
  EXPECT_EQ(job(1).version_id, ok(store().plugin_reader().by_name("example-processor")).current.id);
}

}  // namespace
}  // namespace orc::postgres
