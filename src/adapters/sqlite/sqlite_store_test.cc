// What SQLite adds to the contracts: its file, its lock, its lists and its turns at size.
#include "adapters/sqlite/sqlite_store.h"

#include <gmock/gmock.h>

#include "adapters/crypto/sha256_digest.h"
#include "adapters/sql_text/log_chunk.h"
#include "adapters/sqlite/audit_writes.h"
#include "adapters/sqlite/counters.h"
#include "adapters/sqlite/embedded_sql.h"
#include "adapters/sqlite/schema.h"
#include "adapters/sqlite/storage_fault.h"
#include "adapters/sqlite/temporary_folder.h"
#include "adapters/system/data_directory_lock.h"
#include "tests/contract/older_deliberations.h"
#include "tests/contract/random_seed.h"
#include "tests/contract/run_async.h"
#include "tests/fakes/fake_clock.h"

namespace orc {
namespace {

using testing::HasSubstr;

struct SqliteFile : testing::Test {
  Result<std::unique_ptr<SqliteStore>> open() { return SqliteStore::open({.file = file}, clock, digest); }

  // From the side, as the sqlite3 shell would.
  std::int64_t query(const char* sql) { return sqlite::Connection({.file = file}, sqlite::Access::read_only).query_integer(sql); }
  void execute(const char* sql) { sqlite::Connection({.file = file}, sqlite::Access::create).execute(sql); }

  TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "orc.db";
  FakeClock clock;
  Sha256Digest digest;
};

TEST_F(SqliteFile, is_made_with_every_migration) {
  ok(open());
  EXPECT_EQ(query("PRAGMA user_version"), sqlite::embedded_migrations().back().number);
  EXPECT_EQ(query("SELECT count(*) FROM schema_migrations"), std::ssize(sqlite::embedded_migrations()));
  EXPECT_EQ(query("SELECT count(*) FROM projects"), 1);
  EXPECT_EQ(query("SELECT count(*) FROM pragma_table_list WHERE type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite%'"), 0);
}

TEST_F(SqliteFile, is_opened_again_as_it_was_left) {
  ok(ok(open())->users().add({.email = "ada@example.org", .password_hash = "x"}));
  EXPECT_EQ(ok(ok(open())->users().list({})).total, 1);
  EXPECT_EQ(query("SELECT count(*) FROM schema_migrations"), std::ssize(sqlite::embedded_migrations()));
}

TEST_F(SqliteFile, of_the_first_release_is_brought_up_to_date_with_its_rows) {
  {
    sqlite::Connection connection({.file = file}, sqlite::Access::create);
    const sqlite::StatementCatalog catalog(sqlite::embedded_statements());
    ok(migrate(connection, catalog, sqlite::embedded_migrations().first(1), clock.now()));
    connection.execute("INSERT INTO workers (name, isolation, slots, home, beat, started_at) VALUES ('old', 2, 4, 0, 7, 0)");
  }
  const auto workers = ok(ok(open())->workers().list());
  ASSERT_EQ(workers.size(), 1U);
  EXPECT_EQ(workers[0].name, "old");
  EXPECT_EQ(workers[0].intake, WorkerIntake::open);
}

TEST_F(SqliteFile, of_a_newer_program_is_refused_with_a_sentence) {
  ok(open());
  execute("PRAGMA user_version = 99");
  const auto refused = open();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  EXPECT_THAT(refused.error().message, HasSubstr("schema 99"));
  EXPECT_THAT(refused.error().message, HasSubstr("newer orc"));
}

TEST_F(SqliteFile, of_another_program_is_refused) {
  execute("CREATE TABLE theirs (a INTEGER)");
  EXPECT_EQ(open().error().code, ErrorCode::conflict);
}

TEST_F(SqliteFile, that_is_no_database_is_refused) {
  std::FILE* const out = std::fopen(file.c_str(), "w");
  std::fputs(std::string(8192, 'x').c_str(), out);
  std::fclose(out);
  EXPECT_EQ(open().error().code, ErrorCode::unavailable);
}

TEST_F(SqliteFile, that_cannot_be_made_is_refused) {
  const auto refused = SqliteStore::open({.file = folder.path() / "missing" / "orc.db"}, clock, digest);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
}

TEST_F(SqliteFile, a_failing_migration_changes_nothing) {
  sqlite::Connection connection({.file = file}, sqlite::Access::create);
  const sqlite::StatementCatalog catalog(sqlite::embedded_statements());
  const auto first = sqlite::embedded_migrations().front();
  ok(migrate(connection, catalog, {&first, 1}, clock.now()));
  const SqlMigration both[] = {first, {.number = 2, .name = "0002_bad", .sql = "CREATE TABLE extra (a INTEGER) STRICT; NONSENSE;"}};
  EXPECT_THROW((void)migrate(connection, catalog, both, clock.now()), sqlite::StorageFault);
  EXPECT_EQ(connection.query_integer("PRAGMA user_version"), 1);
  EXPECT_EQ(connection.query_integer("SELECT count(*) FROM sqlite_schema WHERE name = 'extra'"), 0);
}

// A database of the first release, with an image plugin (1) and a folder plugin (2), and jobs of both that wait, run and have ended.
constexpr auto first_release_rows = R"(
  INSERT INTO users (id, email, role, is_active, created_at, password_hash, epoch) VALUES (1, 'a@b.c', 0, 1, 0, 'x', 0);
  INSERT INTO plugin_names (id, name) VALUES (1, 'image'), (2, 'folder');
  INSERT INTO plugins (id, name_id, is_active, created_at, current_version_id) VALUES (1, 1, 1, 0, 1), (2, 2, 1, 0, 2);
  INSERT INTO plugin_versions (id, plugin_id, name_id, version, created_at, timeout_s, grace_s, memory_mb, cpus, pids, output_kb, scratch_mb,
                               retry_attempts_max, retry_backoff_ms, docker_image_url, command, env, description)
  VALUES (1, 1, 1, '1.0.0', 0, 60, 5, 512, 1, 64, 1024, 64, 1, '[]', 'a:1', '[]', '{}', ''),
         (2, 2, 2, '1.0.0', 0, 60, 5, 700, 1, 64, 1024, 64, 1, '[]', NULL, '["./run"]', '{}', '');
  INSERT INTO workers (id, name, isolation, slots, home, beat, started_at) VALUES (1, 'old', 2, 4, 1, 0, 0);
  INSERT INTO jobs (id, owner_id, name_id, plugin_id, version_id, status, queue, priority, attempts_max, created_at, due_at, share_key, worker_id,
                    started_at, completed_at)
  VALUES (1, 1, 1, 1, 1, 0, 1, 4, 1, 0, 0, 'k', NULL, NULL, NULL), (2, 1, 2, 2, 2, 0, 1, 4, 1, 0, 0, 'k', NULL, NULL, NULL),
         (3, 1, 2, 2, 2, 0, 2, 4, 1, 0, 5000, 'k', NULL, NULL, NULL), (4, 1, 2, 2, 2, 1, 0, 4, 1, 0, 0, 'k', 1, 0, NULL),
         (5, 1, 2, 2, 2, 4, 0, 4, 1, 0, 0, 'k', NULL, NULL, 0);
  INSERT INTO job_inputs (job_id, text) SELECT id, '{}' FROM jobs;
  INSERT INTO shares (priority, share_key, pass) VALUES (4, 'k', 7);
  INSERT INTO counters (owner_id, name_id, status, n) VALUES (1, 1, 0, 1), (1, 2, 0, 2), (1, 2, 1, 1), (1, 2, 4, 1);
)";

TEST_F(SqliteFile, of_the_first_release_gets_requirements_for_its_jobs) {
  {
    sqlite::Connection connection({.file = file}, sqlite::Access::create);
    const sqlite::StatementCatalog catalog(sqlite::embedded_statements());
    ok(migrate(connection, catalog, sqlite::embedded_migrations().first(1), clock.now()));
    connection.execute(first_release_rows);
  }
  const auto store = ok(open());
  const auto loads = ok(store->job_reader().worker_loads());
  ASSERT_EQ(loads.size(), 1u);
  EXPECT_EQ(loads[0].held, (Resources{.memory_mb = 700}));
  EXPECT_EQ(ok(store->workers().list()).at(0).equipment, Equipment{});
  ok(store->jobs().retry(JobId{5}));
  const WorkerId folders =
      ok(store->workers().add({.name = "f", .slots = 10, .equipment = {.runtimes = {Runtime::folder}, .memory_mb = 1'500}}));
  std::vector<JobId> won;
  for (const ClaimedJob& job : ok(store->jobs().claim(folders, 10)).jobs) won.push_back(job.id);
  EXPECT_EQ(won, (std::vector{JobId{2}, JobId{3}})) << "the image waits, and 5 for memory";
  const WorkerId images = ok(store->workers().add({.name = "i", .slots = 10, .equipment = {.runtimes = {Runtime::image}}}));
  EXPECT_EQ(ok(store->jobs().claim(images, 10)).jobs.at(0).id, JobId{1});
  ok(store->jobs().rescue(WorkerId{1}, WorkerEnd::fell_silent));
  const WorkerId roomy = ok(store->workers().add({.name = "r", .slots = 10}));
  EXPECT_EQ(ok(store->jobs().claim(roomy, 10)).jobs.size(), 2u);
}

TEST_F(SqliteFile, whose_deliberations_stand_in_texts_alone_gets_what_is_asked_of_them_as_columns) {
  {
    sqlite::Connection connection({.file = file}, sqlite::Access::create);
    const sqlite::StatementCatalog catalog(sqlite::embedded_statements());
    ok(migrate(connection, catalog, sqlite::embedded_migrations().first(18), clock.now()));
    connection.execute(deliberations_of_0018("1").c_str());
  }
  const auto store = ok(open());
  expect_what_deliberations_of_0018_say(store->deliberations());
}

TEST_F(SqliteFile, what_was_counted_is_forgotten_when_its_transaction_fails) {
  ok(open());
  sqlite::Connection connection({.file = file}, sqlite::Access::create);
  const sqlite::StatementCatalog catalog(sqlite::embedded_statements());
  sqlite::Counters counters(connection, catalog);
  counters.add({.owner = 1, .name = 1, .status = JobStatus::queued}, 5);
  counters.rolled_back();
  counters.add({.owner = 1, .name = 1, .status = JobStatus::queued}, 3);
  counters.add({.owner = 1, .name = 1, .status = JobStatus::queued}, -1);
  counters.before_commit();
  counters.before_commit();
  EXPECT_EQ(query("SELECT sum(n) FROM counters"), 2);
}

TEST_F(SqliteFile, audit_rows_are_chained_by_their_hashes) {
  {
    const auto store = ok(open());
    for (int i = 0; i < 5; ++i)
      ok(store->audit().append({.actor = UserId{i + 1}, .action = "user.add", .subject = "user 9", .from = "::1"}));
    for (int i = 0; i < 3; ++i)
      ok(store->audit().append({.actor = {}, .action = "user.login", .subject = "user 9", .from = "::1", .succeeded = false}));
    clock.advance(std::chrono::minutes{2});
    ok(store->audit().append({.actor = {}, .action = "user.login", .subject = "user 9", .from = "::1", .succeeded = false}));
  }
  ok(ok(open())->audit().append({.actor = UserId{1}, .action = "plugin.add", .subject = "plugin echo", .from = ""}));
  EXPECT_EQ(query("SELECT count(*) FROM audit"), 8);
  EXPECT_EQ(query("SELECT sum(repeats) FROM audit"), 10);

  sqlite::Connection connection({.file = file}, sqlite::Access::read_only);
  sqlite::Statement rows(connection.native(), "audit rows",
                         "SELECT at, actor_id, action, subject, origin, succeeded, previous, hash FROM audit ORDER BY id");
  ContentHash previous;
  rows.for_each([&](sqlite::Row row) {
    const AuditEntry entry{
        .actor = row.maybe<UserId>(1), .action = row.text(2), .subject = row.text(3), .from = row.text(4), .succeeded = row.as<bool>(5)};
    EXPECT_EQ(row.hash(6), previous);
    previous = row.hash(7);
    EXPECT_EQ(digest.sha256(audit_row_text(row.hash(6), entry, row.time(0))), previous);
  });
}

TEST_F(SqliteFile, the_volume_of_logs_is_counted_so_that_their_pruning_need_not_look_at_each) {
  const auto is_right = [&] { return query("SELECT bytes = (SELECT coalesce(sum(length(lines)), 0) FROM job_logs) FROM log_volume") == 1; };
  {
    const auto store = ok(open());
    NewPlugin added{.name = "echo", .version = "1.0.0", .description = "", .spec = {}};
    added.spec.command = {"./echo"};
    const Plugin plugin = ok(store->plugins().add(added));
    const NewJob job{
        .plugin = plugin.id, .version = plugin.current.id, .plugin_name = "echo", .input = {.text = "{}", .blob = {}}, .share_key = "a"};
    ok(store->jobs().submit(std::vector<NewJob>(5, job)));
    const WorkerId worker = ok(store->workers().add({.name = "w", .slots = 5}));
    for (const ClaimedJob& one : ok(store->jobs().claim(worker, 5)).jobs)
      ok(store->jobs().finish({.id = one.id,
                               .fence = one.fence,
                               .trigger = JobTrigger::succeeded,
                               .outcome = AttemptOutcome::succeeded,
                               .result = Payload{.text = "{}", .blob = {}},
                               .log = {{.n = 1, .t = clock.now(), .text = std::string(100, 'x')}}}));
    EXPECT_TRUE(is_right());
    ok(store->jobs().erase(JobId{1}));
    EXPECT_TRUE(is_right());
    clock.advance(std::chrono::seconds{1});
    EXPECT_EQ(ok(store->retention().prune_logs(clock.now(), 1)), 1);
    EXPECT_TRUE(is_right());
    EXPECT_EQ(ok(store->retention().prune_logs_beyond(query("SELECT bytes - 1 FROM log_volume"), 100)), 1);
    EXPECT_TRUE(is_right());
  }
  const std::int64_t volume = query("SELECT bytes FROM log_volume");
  execute("UPDATE log_volume SET bytes = 0");
  EXPECT_EQ(ok(ok(open())->retention().prune_logs_beyond(0, 100)), 0) << "what is counted decides, not the rows";
  execute(("UPDATE log_volume SET bytes = " + std::to_string(volume)).c_str());
  EXPECT_EQ(ok(ok(open())->retention().prune_logs_beyond(0, 100)), 2);
  EXPECT_EQ(query("SELECT bytes FROM log_volume"), 0);
}

TEST_F(SqliteFile, versions_of_a_removed_plugin_go_with_its_last_job) {
  const auto store = ok(open());
  NewPlugin added{.name = "echo", .version = "1.0.0", .description = "", .spec = {}};
  added.spec.command = {"./echo"};
  const Plugin plugin = ok(store->plugins().add(added));
  ok(store->plugins().change(plugin.id, {.version = "2.0.0"}));
  NewJob job{
      .plugin = plugin.id, .version = plugin.current.id, .plugin_name = "echo", .input = {.text = "{}", .blob = {}}, .share_key = "a"};
  ok(store->jobs().submit({job}));
  ok(store->plugins().erase(plugin.id));
  EXPECT_EQ(ok(store->jobs().end_orphans(10)).jobs.size(), 1u);
  EXPECT_EQ(ok(store->plugin_reader().version(plugin.current.id)).version, "1.0.0");
  clock.advance(std::chrono::seconds{1});
  EXPECT_EQ(ok(store->retention().prune_jobs(clock.now(), 100)), 1);
  EXPECT_EQ(code_of(store->plugin_reader().version(plugin.current.id)), ErrorCode::not_found);
  EXPECT_EQ(query("SELECT count(*) FROM plugin_versions"), 0);
}

TEST_F(SqliteFile, what_removed_plugins_needed_is_forgotten_and_its_number_is_not_given_again) {
  const auto store = ok(open());
  const auto add = [&](const char* name, std::int64_t memory_mb) {
    NewPlugin plugin{.name = name, .version = "1.0.0", .description = "", .spec = {}};
    plugin.spec.command = {"./echo"};
    plugin.spec.limits.memory_mb = memory_mb;
    return ok(store->plugins().add(plugin)).id;
  };
  ok(store->plugins().erase(add("first", 100)));
  add("second", 200);
  ok(store->plugins().erase(add("third", 300)));
  ASSERT_EQ(query("SELECT count(*) FROM placement_classes"), 3);
  ok(store->retention().prune_idempotency_keys(Timestamp{}, 10));
  EXPECT_EQ(query("SELECT count(*) FROM placement_classes WHERE id IN (2, 3)"), 2)
      << "of one there is a version, and the other is the newest";
  EXPECT_EQ(query("SELECT count(*) FROM placement_classes"), 2);
  ok(store->plugins().erase(add("fourth", 400)));
  EXPECT_EQ(query("SELECT max(id) FROM placement_classes"), 4);
  ok(store->retention().prune_idempotency_keys(Timestamp{}, 10));
  EXPECT_EQ(query("SELECT sum(id) FROM placement_classes"), 2 + 4);
}

TEST_F(SqliteFile, orphans_that_were_left_are_ended_after_a_restart) {
  NewJob job;
  {
    const auto store = ok(open());
    NewPlugin added{.name = "echo", .version = "1.0.0", .description = "", .spec = {}};
    added.spec.command = {"./echo"};
    const Plugin plugin = ok(store->plugins().add(added));
    job = {.plugin = plugin.id, .version = plugin.current.id, .plugin_name = "echo", .input = {.text = "{}", .blob = {}}, .share_key = "a"};
    ok(store->jobs().submit(std::vector<NewJob>(7, job)));
    ok(store->plugins().erase(plugin.id));
    EXPECT_EQ(ok(store->jobs().end_orphans(3)).jobs.size(), 3u);
  }
  const auto store = ok(open());
  EXPECT_EQ(ok(store->jobs().end_orphans(3)).jobs.size(), 3u);
  EXPECT_EQ(ok(store->jobs().end_orphans(3)).jobs.size(), 1u);
  EXPECT_EQ(ok(store->jobs().end_orphans(3)).jobs.size(), 0u);
  EXPECT_EQ(query("SELECT count(*) FROM plugins_with_orphans"), 0);
}

TEST_F(SqliteFile, counters_that_somebody_has_changed_make_a_list_no_longer_than_it_is) {
  const auto store = ok(open());
  NewPlugin added{.name = "echo", .version = "1.0.0", .description = "", .spec = {}};
  added.spec.command = {"./echo"};
  const Plugin plugin = ok(store->plugins().add(added));
  NewJob job{
      .plugin = plugin.id, .version = plugin.current.id, .plugin_name = "echo", .input = {.text = "{}", .blob = {}}, .share_key = "a"};
  ok(store->jobs().submit({job, job, job, job}));
  const WorkerId worker = ok(store->workers().add({.name = "host:1", .slots = 10}));
  ok(store->jobs().claim(worker, 1));
  execute("UPDATE counters SET n = n + 3");
  const std::tuple<JobFilter, Page, std::int64_t> cases[] = {{{}, {.limit = 10}, 4},
                                                             {{.status = JobStatus::queued}, {.limit = 10}, 3},
                                                             {{.status = JobStatus::processing}, {.skip = 2, .limit = 10}, 1},
                                                             {{.plugin_name = "echo"}, {.limit = 10}, 4}};
  for (const auto& [filter, page, total] : cases) {
    const JobPage answer = ok(store->job_reader().list(filter, page));
    EXPECT_EQ(answer.total, total);
    EXPECT_EQ(std::ssize(answer.items), std::max<std::int64_t>(0, total - page.skip));
  }
}

TEST_F(SqliteFile, times_of_jobs_never_fall_though_the_clock_does) {
  const auto store = ok(open());
  NewPlugin added{.name = "echo", .version = "1.0.0", .description = "", .spec = {}};
  added.spec.command = {"./echo"};
  const Plugin plugin = ok(store->plugins().add(added));
  NewJob job{
      .plugin = plugin.id, .version = plugin.current.id, .plugin_name = "echo", .input = {.text = "{}", .blob = {}}, .share_key = "a"};
  const Timestamp first = ok(store->jobs().submit({job})).front().created_at;
  clock.advance(-std::chrono::hours{1});
  EXPECT_EQ(ok(store->jobs().submit({job})).front().created_at, first);
}

// Many owners and plugins, so that every way to find a page is taken.
struct SqliteLists : SqliteFile {
  SqliteLists() : random(seed) {
    for (int i = 0; i < 12; ++i)
      owners.push_back(ok(store->users().add({.email = "user" + std::to_string(i) + "@example.org", .password_hash = "x"})).id);
    for (const char* name : {"one", "two", "three", "four"}) {
      NewPlugin added{.name = name, .version = "1.0.0", .description = "", .spec = {}};
      added.spec.command = {"./echo"};
      plugins.push_back(ok(store->plugins().add(std::move(added))));
    }
    worker = ok(store->workers().add({.name = "host:1", .slots = 10}));
  }

  std::size_t below(std::size_t bound) { return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random); }

  void fill(std::size_t count) {
    std::vector<NewJob> jobs;
    for (std::size_t i = 0; i < count; ++i) {
      const Plugin& plugin = plugins[below(plugins.size())];
      jobs.push_back({.owner = owners[below(owners.size())],
                      .plugin = plugin.id,
                      .version = plugin.current.id,
                      .plugin_name = plugin.name,
                      .input = {.text = "{}", .blob = {}},
                      .share_key = std::to_string(below(5))});
    }
    ok(store->jobs().submit(jobs));
    for (const ClaimedJob& claimed : ok(store->jobs().claim(worker, static_cast<int>(count / 2))).jobs) {
      const auto dice = below(4);
      if (dice == 0) continue;
      if (dice == 1) ok(store->jobs().cancel(claimed.id));
      AttemptEnd end{.id = claimed.id,
                     .fence = claimed.fence,
                     .trigger = JobTrigger::succeeded,
                     .outcome = AttemptOutcome::succeeded,
                     .result = Payload{.text = "1", .blob = {}}};
      if (dice == 3)
        end = {.id = claimed.id,
               .fence = claimed.fence,
               .trigger = JobTrigger::failed_for_good,
               .outcome = AttemptOutcome::failed,
               .message = "no"};
      if (dice != 1) ok(store->jobs().finish(std::move(end)));
    }
  }

  const std::uint64_t seed = random_seed();
  std::mt19937_64 random;
  std::unique_ptr<SqliteStore> store = ok(open());
  std::vector<UserId> owners;
  std::vector<Plugin> plugins;
  WorkerId worker{};
};

TEST_F(SqliteLists, every_filter_and_window_gives_what_a_look_at_all_jobs_gives) {
  SCOPED_TRACE("replay with ORC_TEST_SEED=" + std::to_string(seed));
  for (int i = 0; i < 3; ++i) fill(700);
  std::vector<Job> all;
  for (int skip = 0; skip < 2100; skip += page_limit_max)
    for (Job& job : ok(store->job_reader().list({}, {.skip = skip, .limit = page_limit_max})).items) all.push_back(std::move(job));
  ASSERT_EQ(all.size(), 2100u);

  for (int i = 0; i < 600 && !HasFailure(); ++i) {
    JobFilter filter;
    if (below(2) == 0) filter.owner = owners[below(owners.size())];
    if (below(2) == 0) filter.status = job_statuses[below(job_statuses.size())];
    if (below(2) == 0) filter.plugin_name = plugins[below(plugins.size())].name;
    std::vector<JobId> expected;
    for (const Job& job : all)
      if ((!filter.owner || job.owner == filter.owner) && (!filter.status || job.status == *filter.status) &&
          (!filter.plugin_name || job.plugin_name == *filter.plugin_name))
        expected.push_back(job.id);
    const auto total = std::ssize(expected);
    const Page page{.skip = static_cast<std::int64_t>(below(static_cast<std::size_t>(total) + 2)), .limit = static_cast<int>(below(60))};
    const JobPage got = ok(store->job_reader().list(filter, page));
    EXPECT_EQ(got.total, total);
    expected.erase(expected.begin(), expected.begin() + std::min<std::ptrdiff_t>(page.skip, total));
    expected.resize(std::min(expected.size(), static_cast<std::size_t>(page.limit)));
    std::vector<JobId> ids;
    for (const Job& job : got.items) ids.push_back(job.id);
    EXPECT_EQ(ids, expected);
  }
}

TEST(DataDirectoryLock, is_refused_to_a_second_one_saying_who_has_it) {
  const TemporaryFolder folder;
  FakeClock clock;
  {
    const auto first = DataDirectoryLock::take(folder.path() / "data", clock.now());
    ASSERT_TRUE(first);
    const auto second = DataDirectoryLock::take(folder.path() / "data", clock.now());
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::conflict);
    EXPECT_THAT(second.error().message, HasSubstr("process " + std::to_string(::getpid())));
    EXPECT_THAT(second.error().message, HasSubstr("--data-dir"));
  }
  EXPECT_TRUE(DataDirectoryLock::take(folder.path() / "data", clock.now()));
}

TEST(DataDirectoryLock, says_what_is_wrong_with_the_folder) {
  const auto refused = DataDirectoryLock::take("/proc/orc", Timestamp{});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_THAT(refused.error().message, HasSubstr("/proc/orc"));
}

TEST(LogChunks, give_back_the_lines_and_fit_into_a_row) {
  std::mt19937_64 random(random_seed());
  const auto noise = [&](std::size_t size) {
    std::string text(size, '\0');
    for (char& c : text) c = static_cast<char>(random());
    return text;
  };
  std::vector<LogLine> lines;
  for (int i = 1; i <= 3000; ++i)
    lines.push_back({.n = i,
                     .t = timestamp_from_ms(1'700'000'000'000 + i),
                     .stream = i % 3 ? LogStream::err : LogStream::out,
                     .text = noise(random() % 200)});
  lines.push_back({.n = 3001, .t = Timestamp{}, .text = noise(100'000)});
  lines.push_back({.n = 3002, .t = Timestamp{}, .text = ""});
  const auto chunks = to_chunks(lines);
  std::vector<LogLine> back;
  std::int64_t first = 1;
  for (const auto& chunk : chunks) {
    if (chunk.line_count > 1) EXPECT_LE(chunk.bytes.size(), log_chunk_bytes_max);
    for (LogLine& line : lines_of(chunk.bytes, first)) back.push_back(std::move(line));
    first += chunk.line_count;
  }
  EXPECT_EQ(back, lines);
  EXPECT_TRUE(to_chunks({}).empty());
}

TEST(LogChunks, of_ordinary_text_are_few) {
  std::vector<LogLine> lines;
  for (int i = 1; i <= 10'000; ++i)
    lines.push_back({.n = i, .t = timestamp_from_ms(i), .text = "step " + std::to_string(i) + ": loss 0.123"});
  EXPECT_LE(to_chunks(lines).size(), 10u);
}

}  // namespace
}  // namespace orc
