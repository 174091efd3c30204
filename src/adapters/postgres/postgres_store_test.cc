// What only shows with several processes on one database.
#include <atomic>
#include <chrono>
#include <gtest/gtest.h>
#include <map>
#include <set>
#include <thread>

#include "adapters/postgres/connection.h"
#include "adapters/postgres/embedded_sql.h"
#include "adapters/postgres/one_store.h"
#include "adapters/postgres/private_server.h"
#include "adapters/postgres/storable_text.h"
#include "adapters/postgres/turn_plan.h"

namespace orc::postgres {
namespace {

class PostgresProcesses : public testing::Test {
 protected:
  PostgresProcesses() {
    user_ = ok(one_.store->users().add({.email = "ada@example.org", .password_hash = "x"}));
    PluginSpec spec;
    spec.command = {"./echo"};
    plugin_ = ok(one_.store->plugins().add({.name = "echo", .version = "1.0.0", .description = "", .spec = spec}));
  }

  NewJob job(const std::string& share = "a") const {
    return {.owner = user_.id,
            .plugin = plugin_.id,
            .version = plugin_.current.id,
            .plugin_name = "echo",
            .input = {.text = "{}", .blob = {}},
            .share_key = share};
  }

  // Claims and ends all that waits, by two workers of each process. Gives what ran.
  std::vector<JobId> work_off() {
    std::mutex mutex;
    std::vector<JobId> ran;  // guarded by mutex
    std::vector<std::jthread> workers;
    for (OneStore* process : {&one_, &other_})
      for (int i = 0; i < 2; ++i)
        workers.emplace_back([&, process] {
          JobStore& jobs = process->store->jobs();
          const WorkerId worker = ok(process->store->workers().add({.name = "w", .slots = 100}));
          for (int dry = 0; dry < 3;) {
            const auto claimed = ok(jobs.claim(worker, 7)).jobs;
            dry = claimed.empty() ? dry + 1 : 0;
            for (const ClaimedJob& one : claimed) {
              ok(jobs.finish(success(one)));
              const std::lock_guard lock(mutex);
              ran.push_back(one.id);
            }
          }
        });
    workers.clear();
    return ran;
  }

  static AttemptEnd success(const ClaimedJob& job) {
    return {.id = job.id,
            .fence = job.fence,
            .trigger = JobTrigger::succeeded,
            .outcome = AttemptOutcome::succeeded,
            .result = Payload{.text = "1", .blob = {}}};
  }

  void sql(const std::string& script) { server().run_script(url_, script); }

  static PrivateServer& server() {
    static PrivateServer one(PrivateServer::Durability::fast);
    return one;
  }

  const std::string url_ = server().make_database();
  OneStore one_{url_};
  OneStore other_{url_};
  User user_;
  Plugin plugin_;
};

TEST_F(PostgresProcesses, one_of_them_has_the_seat_until_it_stops) {
  EXPECT_TRUE(ok(one_.store->deliberations().take_seat()));
  EXPECT_FALSE(ok(other_.store->deliberations().take_seat()));
  EXPECT_TRUE(ok(one_.store->deliberations().take_seat()));
  one_.store.reset();
  // The server's side of that connection may notice a little later.
  bool is_free = false;
  for (const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds{20};
       !is_free && std::chrono::steady_clock::now() < patience;)
    is_free = ok(other_.store->deliberations().take_seat());
  EXPECT_TRUE(is_free);
}

TEST_F(PostgresProcesses, share_one_queue_and_run_each_job_once) {
  constexpr int count = 600;
  for (int i = 0; i < 3; ++i)
    ok(one_.store->jobs().submit(std::vector<NewJob>(count / 3, job(std::string(1, static_cast<char>('a' + i))))));
  const auto ran = work_off();
  EXPECT_EQ(ran.size(), static_cast<std::size_t>(count));
  EXPECT_EQ(std::set(ran.begin(), ran.end()).size(), static_cast<std::size_t>(count));
  EXPECT_EQ(ok(other_.store->job_reader().counts({})), (JobCounts{0, 0, count, 0, 0}));
}

// A worker's requests may come to any process.
TEST_F(PostgresProcesses, give_times_that_do_not_fall_as_ids_rise_whatever_their_clocks_say) {
  const SubmittedJob first = ok(one_.store->jobs().submit({job()})).front();
  sql("UPDATE jobs SET created_at = created_at + interval '1 hour'");  // as if by a process whose clock goes before
  for (OneStore* process : {&one_, &other_}) {
    const SubmittedJob next = ok(process->store->jobs().submit({job()})).front();
    EXPECT_GT(next.id, first.id);
    EXPECT_GE(next.created_at, first.created_at + std::chrono::hours{1});
  }
  EXPECT_EQ(work_off().size(), 3U) << "it runs at once all the same";
}

TEST_F(PostgresProcesses, hold_a_worker_to_its_slots_together) {
  ok(one_.store->jobs().submit(std::vector<NewJob>(300, job())));
  for (int round = 0; round < 20; ++round) {
    const WorkerId worker = ok(one_.store->workers().add({.name = "w", .slots = 5}));
    std::atomic<std::size_t> won = 0;
    std::vector<std::jthread> claims;
    for (OneStore* process : {&one_, &other_})
      claims.emplace_back([&won, process, worker] { won += ok(process->store->jobs().claim(worker, 4)).jobs.size(); });
    claims.clear();
    ASSERT_EQ(won, 5u);
  }
}

TEST_F(PostgresProcesses, that_share_a_slot_of_the_counters_never_give_a_transaction_up) {
  sql(R"(CREATE FUNCTION one_slot() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.slot := 1; RETURN NEW; END $$;
         CREATE TRIGGER one_slot BEFORE INSERT ON counters FOR EACH ROW EXECUTE FUNCTION one_slot())");
  for (int i = 0; i < 4; ++i) ok(one_.store->jobs().submit(std::vector<NewJob>(100, job(std::string(1, static_cast<char>('a' + i))))));
  EXPECT_EQ(work_off().size(), 400u);
  EXPECT_EQ(ok(one_.store->job_reader().counts({})), (JobCounts{0, 0, 400, 0, 0}));
  one_.store.reset();
  other_.store.reset();
  // What sessions have counted is there to be seen once they are gone.
  sql(R"(DO $$ BEGIN
    FOR i IN 1..400 LOOP
      EXIT WHEN NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend');
      PERFORM pg_sleep(0.01), pg_stat_clear_snapshot();
    END LOOP;
    PERFORM pg_stat_clear_snapshot();
    ASSERT (SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()) = 0;
  END $$)");
}

TEST_F(PostgresProcesses, beats_that_come_together_are_committed_together) {
  std::vector<WorkerId> workers;
  for (int i = 0; i < 100; ++i) workers.push_back(ok(one_.store->workers().add({.name = "w", .slots = 100})));
  sql("CREATE TABLE before AS SELECT max(number) AS number FROM commit_marks");
  std::vector<Async<void>> beats;
  for (const WorkerId worker : workers) beats.push_back(one_.store->workers().beat(worker));
  beats.push_back(one_.store->workers().beat(WorkerId{999'999}));
  const auto answers = run_all(std::move(beats));
  for (std::size_t i = 0; i < workers.size(); ++i) EXPECT_TRUE(answers[i].has_value());
  EXPECT_EQ(answers.back().error().code, ErrorCode::not_found);
  sql("DO $$ BEGIN ASSERT (SELECT min(beat) = 1 FROM workers), 'a beat is missing'; END $$");
  sql("DO $$ BEGIN ASSERT (SELECT max(number) FROM commit_marks) < (SELECT number + 10 FROM before), 'each beat was a transaction'; END "
      "$$");
}

TEST_F(PostgresProcesses, count_the_volume_of_logs_so_that_their_pruning_need_not_look_at_each) {
  const auto expect_right = [&](std::string_view when) {
    sql("DO $$ BEGIN ASSERT (SELECT sum(bytes) FROM log_volume) = (SELECT coalesce(sum(octet_length(lines)), 0) FROM job_logs), '" +
        std::string(when) + "'; END $$");
  };
  ok(one_.store->jobs().submit(std::vector<NewJob>(5, job())));
  std::vector<JobId> ran;
  for (OneStore* process : {&one_, &other_}) {
    const WorkerId worker = ok(process->store->workers().add({.name = "w", .slots = 3}));
    for (const ClaimedJob& one : ok(process->store->jobs().claim(worker, 3)).jobs) {
      AttemptEnd end = success(one);
      end.log = {{.n = 1, .t = process->clock.now(), .text = std::string(100, 'x')}};
      ok(process->store->jobs().finish(std::move(end)));
      ran.push_back(one.id);
    }
  }
  ASSERT_EQ(ran.size(), 5u);
  expect_right("each that came");
  ok(one_.store->jobs().erase(ran[0]));
  expect_right("a job that was deleted");
  sql("RESET orc.session; DELETE FROM jobs WHERE id = " + std::to_string(std::to_underlying(ran[1])));
  expect_right("a job that somebody else deleted");
  Retention& retention = other_.store->retention();
  EXPECT_EQ(ok(retention.prune_logs(other_.clock.now() + std::chrono::hours{1}, 1)), 1);
  expect_right("what was old");
  sql("INSERT INTO log_volume SELECT -n, 1 FROM generate_series(1, 200) AS n; UPDATE log_volume SET bytes = bytes - 200 WHERE backend = 0");
  ok(retention.prune_idempotency_keys(Timestamp{}, 1));
  expect_right("what was added up");
  sql("DO $$ BEGIN ASSERT (SELECT count(*) FROM log_volume) = 1; END $$");
  sql("UPDATE log_volume SET bytes = bytes - 10000");
  EXPECT_EQ(ok(retention.prune_logs_beyond(0, 100)), 0) << "what is counted decides, not the rows";
  sql("UPDATE log_volume SET bytes = bytes + 10000");
  EXPECT_EQ(ok(retention.prune_logs_beyond(0, 1)), 1);
  EXPECT_EQ(ok(retention.prune_logs_beyond(0, 100)), 1);
  expect_right("what was too much");
}

TEST_F(PostgresProcesses, leave_no_marks_of_commits_behind_for_ever) {
  sql("INSERT INTO commit_marks (writer, generation, number, at) VALUES (-1, 1, 1, now() - interval '2 days')");
  ok(one_.store->retention().prune_idempotency_keys(Timestamp{}, 1));  // which runs whatever else is kept for ever
  sql("DO $$ BEGIN ASSERT NOT EXISTS (SELECT 1 FROM commit_marks WHERE writer = -1); END $$");
}

TEST_F(PostgresProcesses, leave_nothing_of_removed_users_and_plugins_behind_once_no_job_needs_it) {
  JobStore& jobs = one_.store->jobs();
  const JobId id = ok(jobs.submit({job()})).front().id;
  const WorkerId worker = ok(one_.store->workers().add({.name = "w", .slots = 100}));
  ok(jobs.finish(success(ok(jobs.claim(worker, 1)).jobs.at(0))));
  ok(one_.store->users().erase(ok(one_.store->users().add({.email = "bob@example.org", .password_hash = "x"})).id));
  ok(one_.store->plugins().erase(plugin_.id));
  ok(jobs.end_orphans(10));
  const auto prune = [&] { ok(one_.store->retention().prune_idempotency_keys(Timestamp{}, 10)); };
  prune();
  sql("DO $$ BEGIN ASSERT (SELECT count(*) FROM removals WHERE kind = 'plugin') = 1 AND (SELECT count(*) FROM placement_classes) = 1, 'a "
      "job needs them';"
      "ASSERT NOT EXISTS (SELECT 1 FROM removals WHERE kind = 'user'), 'its user is gone'; END $$");
  ok(jobs.retry(id));
  prune();
  ok(jobs.end_orphans(10));
  EXPECT_EQ(ok(one_.store->job_reader().get(id)).status, JobStatus::failed);
  EXPECT_TRUE(ok(jobs.claim(worker, 1)).jobs.empty());  // which removes the line that ran dry
  EXPECT_EQ(ok(one_.store->retention().prune_jobs(one_.clock.now() + std::chrono::hours{1}, 10)), 1);
  prune();
  sql("DO $$ BEGIN ASSERT NOT EXISTS (SELECT 1 FROM removals), 'removals';"
      "ASSERT NOT EXISTS (SELECT 1 FROM placement_classes), (SELECT string_agg(requirements, ' ') FROM placement_classes); END $$");
}

// What a plugin's version needs may be what nobody else needs any more just then.
TEST_F(PostgresProcesses, keep_what_a_version_needs_while_another_tidies_up) {
  const std::jthread tidying([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) ok(other_.store->retention().prune_idempotency_keys(Timestamp{}, 100));
  });
  PluginSpec spec;
  spec.command = {"./echo"};
  spec.limits.memory_mb = 777;
  PluginStore& plugins = one_.store->plugins();
  for (int round = 0; round < 100; ++round) {
    const Plugin made = ok(plugins.add({.name = "rare", .version = "1.0.0", .description = "", .spec = spec}));
    sql("DO $$ BEGIN ASSERT NOT EXISTS (SELECT 1 FROM plugin_versions WHERE class_id NOT IN (SELECT id FROM placement_classes)); END $$");
    ok(plugins.erase(made.id));
  }
}

// Somebody has begun to change a job by hand, and went for lunch.
TEST_F(PostgresProcesses, a_row_that_somebody_holds_concerns_only_who_needs_it) {
  ok(one_.store->jobs().submit({job(), job(), job()}));
  const WorkerId worker = ok(one_.store->workers().add({.name = "w", .slots = 100}));
  const auto claimed = ok(one_.store->jobs().claim(worker, 3)).jobs;
  ASSERT_EQ(claimed.size(), 3u);
  const NamedSql catalog(embedded_statements());
  const auto soon = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  Connection somebody({.url = url_}, catalog, soon);
  somebody.run_script("SET idle_in_transaction_session_timeout = 0; BEGIN; SELECT 1 FROM jobs WHERE id = " +
                          std::to_string(std::to_underlying(claimed[0].id)) + " FOR UPDATE",
                      soon);
  std::vector<Async<JobStatus>> ends;
  for (const ClaimedJob& one : claimed) ends.push_back(one_.store->jobs().finish(success(one)));
  const auto answers = run_all(std::move(ends));
  ASSERT_FALSE(answers[0].has_value());
  EXPECT_EQ(answers[0].error().code, ErrorCode::unavailable);
  EXPECT_TRUE(answers[1].has_value());
  EXPECT_TRUE(answers[2].has_value());
  EXPECT_TRUE(run(one_.store->jobs().claim(worker, 1)).has_value()) << "the database is not away";
  somebody.run_script("COMMIT", soon);
  EXPECT_EQ(ok(one_.store->jobs().finish(success(claimed[0]))), JobStatus::completed);
}

TEST_F(PostgresProcesses, a_read_that_takes_too_long_is_no_sign_that_the_database_is_away) {
  ok(one_.store->workers().add({.name = "w", .slots = 100}));
  sql("ALTER TABLE workers RENAME TO real_workers; CREATE VIEW workers AS SELECT w.* FROM real_workers w, pg_sleep(20)");
  EXPECT_EQ(code_of(one_.store->workers().list()), ErrorCode::unavailable);
  EXPECT_TRUE(run(one_.store->job_reader().counts({})).has_value());
  sql(R"(DO $$ BEGIN
    ASSERT NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND query LIKE '%FROM workers%' AND state = 'active'
                       AND pid <> pg_backend_pid()), 'it runs on';
  END $$)");
}

TEST_F(PostgresProcesses, what_somebody_changes_beneath_a_session_keeps_nobody_from_working) {
  ok(one_.store->jobs().submit({job()}));
  sql("ALTER TABLE plugins ALTER COLUMN name TYPE varchar(200)");
  ok(one_.store->jobs().submit({job()}));
}

TEST_F(PostgresProcesses, an_end_that_the_tables_do_not_take_just_now_may_come_again) {
  ok(one_.store->jobs().submit({job()}));
  const auto claimed = ok(one_.store->jobs().claim(ok(one_.store->workers().add({.name = "w", .slots = 1})), 1)).jobs;
  sql("ALTER TABLE job_attempts RENAME COLUMN outcome TO another");
  EXPECT_EQ(code_of(one_.store->jobs().finish(success(claimed[0]))), ErrorCode::unavailable);
  sql("ALTER TABLE job_attempts RENAME COLUMN another TO outcome");
  EXPECT_EQ(ok(one_.store->jobs().finish(success(claimed[0]))), JobStatus::completed);
}

TEST_F(PostgresProcesses, a_worker_is_drained_when_the_claim_that_is_under_way_has_ended) {
  const WorkerId worker = ok(one_.store->workers().add({.name = "w", .slots = 1}));
  const NamedSql catalog(embedded_statements());
  const auto soon = std::chrono::steady_clock::now() + std::chrono::seconds{30};
  Connection claim({.url = url_}, catalog, soon);
  claim.run_script("SET idle_in_transaction_session_timeout = 0; BEGIN; SELECT pg_advisory_xact_lock(x'6f726377'::bigint << 32 | " +
                       std::to_string(std::to_underlying(worker)) + ")",
                   soon);
  EXPECT_EQ(code_of(one_.store->workers().set_intake(worker, WorkerIntake::draining)), ErrorCode::unavailable);
  claim.run_script("COMMIT", soon);
  ok(one_.store->workers().set_intake(worker, WorkerIntake::draining));
}

TEST_F(PostgresProcesses, deliver_each_callback_once_at_a_time_and_end_each_overdue_job_once) {
  NewJob told = job();
  told.callback_url = "https://hooks.example.org/x";
  told.queue_time = std::chrono::seconds{1};
  ok(one_.store->jobs().submit(std::vector<NewJob>(200, told)));
  sql("UPDATE jobs SET due_at = due_at - interval '1 minute'");
  std::mutex mutex;
  std::vector<JobId> ended;                         // guarded by mutex
  std::map<std::pair<CallbackId, int>, int> tries;  // guarded by mutex
  std::vector<std::jthread> processes;
  for (OneStore* process : {&one_, &other_})
    for (int i = 0; i < 2; ++i)
      processes.emplace_back([&, process] {
        for (int dry = 0; dry < 3;) {
          const auto jobs = ok(process->store->jobs().end_overdue(20));
          const auto due = ok(process->store->callbacks().claim("https://hooks.example.org", 10));
          dry = jobs.empty() && due.empty() ? dry + 1 : 0;
          const std::lock_guard lock(mutex);
          ended.insert(ended.end(), jobs.begin(), jobs.end());
          for (const DueCallback& one : due) ++tries[{one.id, one.number}];
        }
      });
  processes.clear();
  EXPECT_EQ(ended.size(), 200u);
  EXPECT_EQ(std::set(ended.begin(), ended.end()).size(), 200u);
  EXPECT_EQ(tries.size(), 200u);
  for (const auto& [name, count] : tries) EXPECT_EQ(count, 1);
}

TEST_F(PostgresProcesses, agree_on_whose_idempotency_key_it_is) {
  for (int round = 0; round < 20; ++round) {
    NewJob keyed = job();
    keyed.idempotency = Idempotency{.key = "k" + std::to_string(round), .request = {}};
    std::mutex mutex;
    std::vector<SubmittedJob> answers;  // guarded by mutex
    std::vector<std::thread> clients;
    for (OneStore* process : {&one_, &other_})
      clients.emplace_back([&, process] {
        const auto answer = ok(process->store->jobs().submit({keyed})).front();
        const std::lock_guard lock(mutex);
        answers.push_back(answer);
      });
    for (std::thread& client : clients) client.join();
    EXPECT_EQ(answers[0].id, answers[1].id);
    EXPECT_NE(answers[0].is_repeat, answers[1].is_repeat);
  }
  EXPECT_EQ(ok(one_.store->job_reader().list({}, {})).total, 20);
}

// Plans are kept, and those of a young database were made for empty tables.
TEST_F(PostgresProcesses, large_batches_do_not_become_slow_as_a_young_database_grows) {
  std::vector<NewJob> batch;
  for (int i = 0; i < 500; ++i) {
    NewJob one = job("new " + std::to_string(i));
    one.idempotency = Idempotency{.key = "new " + std::to_string(i), .request = {}};
    batch.push_back(std::move(one));
  }
  ok(one_.store->jobs().submit({batch.front()}));
  ok(one_.store->job_reader().earlier_submissions(user_.id, {"new 0"}));
  const std::string owner = std::to_string(std::to_underlying(user_.id));
  sql("INSERT INTO idempotency_keys (owner_id, key, job_id, created_at, request) SELECT " + owner +
      ", 'old ' || i, i + 1000, now(), '' FROM generate_series(1, 60000) AS i;"
      "INSERT INTO shares (priority, share_key, class_id, pass) SELECT priority, 'old ' || i, class_id, 0 FROM shares, generate_series(1, "
      "60000) AS i;");
  std::vector<std::string> keys;
  for (const NewJob& one : batch) keys.push_back(one.idempotency->key);
  EXPECT_EQ(ok(one_.store->job_reader().earlier_submissions(user_.id, keys)).size(), batch.size());
  const auto submitted = ok(one_.store->jobs().submit(batch));
  EXPECT_TRUE(submitted.front().is_repeat);
  EXPECT_FALSE(submitted.back().is_repeat);
  EXPECT_TRUE(ok(one_.store->jobs().submit(batch)).back().is_repeat);
}

// Each job empties its line, so a claim retires the line while the next job joins it.
TEST_F(PostgresProcesses, no_job_is_left_without_a_line) {
  std::atomic<bool> done = false;
  std::set<JobId> ran;
  std::thread submitter([&] {
    for (int i = 0; i < 300; ++i) ok(other_.store->jobs().submit({job()}));
    done = true;
  });
  const WorkerId worker = ok(one_.store->workers().add({.name = "w", .slots = 300}));
  while (ran.size() < 300) {
    const bool was_done = done;
    const auto claimed = ok(one_.store->jobs().claim(worker, 5)).jobs;
    for (const ClaimedJob& one : claimed) ran.insert(one.id);
    if (claimed.empty() && was_done) break;
  }
  submitter.join();
  EXPECT_EQ(ran.size(), 300u);
}

TEST_F(PostgresProcesses, a_plugin_that_one_removes_is_gone_for_the_other_at_once) {
  ok(one_.store->plugins().erase(plugin_.id));
  EXPECT_EQ(code_of(other_.store->jobs().submit({job()})), ErrorCode::not_found);
}

TEST(PostgresTurns, are_planned_as_stride_scheduling_serves_them) {
  constexpr PlacementClassId one{1};
  const auto lines = lines_of({{1, 5, 10, "a", one}, {2, 5, 12, "b", one}, {3, 5, 12, "c", one}, {4, 3, 0, "low", one}});
  const std::pair<std::int64_t, std::vector<std::int64_t>> cases[] = {{0, {0, 0, 0, 0}}, {1, {1, 0, 0, 0}}, {3, {3, 0, 0, 0}},
                                                                      {4, {3, 1, 0, 0}}, {5, {3, 1, 1, 0}}, {8, {4, 2, 2, 0}}};
  for (const auto& [count, turns] : cases) EXPECT_EQ(plan_turns(lines, count, level_of(lines)), turns) << count;
}

TEST(PostgresTurns, of_a_key_are_one_line_whatever_its_jobs_need) {
  constexpr PlacementClassId one{1}, two{2};
  const auto lines = lines_of({{1, 5, 10, "a", one}, {2, 5, 10, "a", two}, {3, 5, 11, "b", two}});
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].parts.size(), 2u);
  EXPECT_EQ(plan_turns(lines, 3, level_of(lines)), (std::vector<std::int64_t>{2, 1}));
}

TEST(PostgresTurns, are_not_saved_up_by_a_class_that_was_not_served) {
  constexpr PlacementClassId busy{1}, idle{2};
  const auto lines = lines_of({{1, 5, 0, "idle", idle}, {2, 5, 1000, "busy", busy}});
  EXPECT_EQ(level_of(lines), 999);
  EXPECT_EQ(plan_turns(lines, 10, level_of(lines)), (std::vector<std::int64_t>{6, 4})) << "a turn ahead, not a thousand";
}

TEST(PostgresText, is_mended_where_postgres_would_refuse_it) {
  const std::pair<std::string, std::string> cases[] = {{"plain", "plain"},
                                                       {"\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80", "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80"},
                                                       {std::string("a\0b", 3),
                                                        "a\xEF\xBF\xBD"
                                                        "b"},
                                                       {"\xFF", "\xEF\xBF\xBD"},
                                                       {"\xC0\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD"},
                                                       {"\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
                                                       {"\xE2\x82", "\xEF\xBF\xBD\xEF\xBF\xBD"}};
  for (const auto& [given, stored] : cases) {
    EXPECT_EQ(is_storable(given), given == stored);
    EXPECT_EQ(storable_text(given), stored);
  }
  EXPECT_TRUE(is_storable_json(R"({"a": "\u0000"})"));
  EXPECT_FALSE(is_storable_json("{"));
}

}  // namespace
}  // namespace orc::postgres
