#include "domain/job/wait_skew.h"
#include "tests/contract/job_store_suite.h"

namespace orc {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

TEST_F(JobStoreContract, success_completes_a_job_with_its_result) {
  const ClaimedJob claimed = running();
  db.clock.advance(2s);
  EXPECT_EQ(finish(success(claimed)), JobStatus::completed);
  const Job read = get(claimed.id);
  EXPECT_EQ(read.status, JobStatus::completed);
  EXPECT_EQ(read.result, (Payload{.text = R"({"b": 1.0})", .blob = {}}));
  EXPECT_EQ(read.started_at, start);
  EXPECT_EQ(read.completed_at, start + 2s);
  EXPECT_EQ(read.attempts, 1);
  EXPECT_FALSE(read.error_message);
  EXPECT_TRUE(claim(1).empty());
}

TEST_F(JobStoreContract, a_result_in_the_blob_store_comes_back_as_its_hash) {
  const ClaimedJob claimed = running();
  AttemptEnd end = success(claimed);
  end.result = Payload{.text = {}, .blob = ContentHash{}};
  end.result->blob->bytes.fill(7);
  finish(end);
  EXPECT_EQ(get(claimed.id).result, end.result);
}

TEST_F(JobStoreContract, a_failure_for_now_runs_again_after_the_wait) {
  const ClaimedJob first = running();
  db.clock.advance(1s);
  EXPECT_EQ(finish(failure_for_now(first, 4000ms)), JobStatus::queued);
  const Job waiting = get(first.id);
  EXPECT_EQ(waiting.status, JobStatus::queued);
  EXPECT_EQ(waiting.error_message, "it broke");
  EXPECT_EQ(waiting.started_at, start);
  EXPECT_EQ(waiting.run_at, start + 5s);
  EXPECT_EQ(waiting.attempts, 1);
  EXPECT_FALSE(waiting.completed_at || waiting.result);

  EXPECT_EQ(ok(db.jobs.claim(worker, 1)).next_due, start + 5s);
  db.clock.advance(4s - 1ms);
  EXPECT_TRUE(claim(1).empty());
  db.clock.advance(1ms);
  const ClaimedJob second = claim(1).at(0);
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.attempt, 2);
  EXPECT_GT(second.fence, first.fence);
}

TEST_F(JobStoreContract, a_clock_that_is_set_back_makes_no_retry_wait_for_longer) {
  const ClaimedJob first = running();
  finish(failure_for_now(first, 4000ms));
  db.clock.advance(3s);
  db.clock.jump_wall_clock(-1h);
  const Timestamp now = db.clock.now();
  EXPECT_EQ(ok(db.jobs.claim(worker, 1)).next_due, now + 4s) << "it began to wait in what is the future now, so it begins again";
  EXPECT_EQ(get(first.id).run_at, now + 4s);
  db.clock.advance(4s - 1ms);
  EXPECT_TRUE(claim(1).empty());
  db.clock.advance(1ms);
  EXPECT_EQ(claim(1).at(0).id, first.id);
}

TEST_F(JobStoreContract, clocks_that_differ_a_little_leave_the_waits_of_retries_alone) {
  const ClaimedJob first = running();
  finish(failure_for_now(first, 4000ms));
  db.clock.jump_wall_clock(-wait_skew_max);
  EXPECT_EQ(ok(db.jobs.claim(worker, 1)).next_due, start + 4s);
}

TEST_F(JobStoreContract, a_clock_that_is_set_forward_makes_retries_due) {
  const ClaimedJob first = running();
  finish(failure_for_now(first, 4000ms));
  db.clock.jump_wall_clock(1h);
  EXPECT_EQ(claim(1).at(0).id, first.id);
}

TEST_F(JobStoreContract, a_time_that_a_submitter_named_stays_whatever_the_clock_is_set_to) {
  submit(job_due_at(start + 10s));
  db.clock.jump_wall_clock(-1h);
  EXPECT_EQ(ok(db.jobs.claim(worker, 1)).next_due, start + 10s);
}

TEST_F(JobStoreContract, success_after_a_failure_clears_the_message) {
  const ClaimedJob first = running();
  finish(failure_for_now(first, 0ms));
  finish(success(claim(1).at(0)));
  const Job read = get(first.id);
  EXPECT_EQ(read.status, JobStatus::completed);
  EXPECT_FALSE(read.error_message);
  EXPECT_EQ(read.attempts, 2);
}

TEST_F(JobStoreContract, a_failure_for_good_becomes_a_dead_letter) {
  const ClaimedJob first = running();
  finish(failure_for_now(first, 0ms));
  const ClaimedJob second = claim(1).at(0);
  db.clock.advance(9s);
  EXPECT_EQ(finish(failure_for_good(second)), JobStatus::failed);
  const Job read = get(first.id);
  EXPECT_EQ(read.status, JobStatus::failed);
  EXPECT_EQ(read.error_message, "it took longer than 60 s");
  EXPECT_EQ(read.completed_at, start + 9s);
  EXPECT_FALSE(read.result);

  const DeadLetterPage dead = ok(db.reader.dead_letters({}));
  ASSERT_EQ(dead.total, 1);
  EXPECT_EQ(dead.items.at(0).job, first.id);
  EXPECT_EQ(dead.items.at(0).plugin_name, "echo");
  EXPECT_EQ(dead.items.at(0).reason, "it took longer than 60 s");
  EXPECT_EQ(dead.items.at(0).attempts, 2);
  EXPECT_EQ(dead.items.at(0).died_at, start + 9s);
}

TEST_F(JobStoreContract, giving_back_costs_no_attempt) {
  const ClaimedJob first = running();
  db.clock.advance(1s);
  EXPECT_EQ(finish(give_back(first)), JobStatus::queued);
  EXPECT_EQ(get(first.id).attempts, 0);
  EXPECT_FALSE(get(first.id).error_message);
  const ClaimedJob second = claim(1).at(0);
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.attempt, 1);
  EXPECT_EQ(dead_letter_count(), 0);
}

TEST_F(JobStoreContract, a_job_given_back_keeps_its_place) {
  const auto ids = submit_all({job(), job(), job()});
  const auto claimed = claim(2);
  finish(give_back(claimed.at(0)));
  EXPECT_EQ(ids_of(claim(10)), (std::vector{ids[0], ids[2]}));
}

TEST_F(JobStoreContract, a_stale_fence_is_refused_and_changes_nothing) {
  const ClaimedJob first = running();
  finish(give_back(first));
  const ClaimedJob second = claim(1).at(0);
  AttemptEnd late = success(first);
  late.log = {{.n = 1, .t = start, .stream = LogStream::err, .text = "late"}};
  EXPECT_EQ(code_of(db.jobs.finish(late)), ErrorCode::conflict);
  EXPECT_EQ(get(first.id).status, JobStatus::processing);
  EXPECT_FALSE(get(first.id).result);
  EXPECT_EQ(ok(db.reader.log(first.id, 1, 10)).total, 0);
  EXPECT_EQ(finish(success(second)), JobStatus::completed);
}

TEST_F(JobStoreContract, a_job_ends_once) {
  const ClaimedJob claimed = running();
  finish(success(claimed));
  for (const AttemptEnd& again : {success(claimed), failure_for_now(claimed, 0ms), failure_for_good(claimed), give_back(claimed)})
    EXPECT_EQ(code_of(db.jobs.finish(again)), ErrorCode::conflict);
  EXPECT_EQ(get(claimed.id).status, JobStatus::completed);
  EXPECT_EQ(dead_letter_count(), 0);
  EXPECT_EQ(ok(db.reader.attempts(claimed.id)).size(), 1u);
}

TEST_F(JobStoreContract, only_one_of_many_finishes_at_once_counts) {
  const ClaimedJob claimed = running();
  std::vector<boost::asio::awaitable<Result<JobStatus>>> at_once;
  for (int i = 0; i < 10; ++i) at_once.push_back(db.jobs.finish(i % 2 ? success(claimed) : failure_for_good(claimed)));
  int accepted = 0;
  for (const auto& answer : run_all(std::move(at_once))) accepted += answer.has_value();
  EXPECT_EQ(accepted, 1);
  EXPECT_EQ(count_of(JobStatus::completed) + count_of(JobStatus::failed), 1);
}

TEST_F(JobStoreContract, finishing_an_unknown_job_is_not_found) {
  AttemptEnd end = success(running());
  end.id = JobId{999'999};
  EXPECT_EQ(code_of(db.jobs.finish(end)), ErrorCode::not_found);
}

TEST_F(JobStoreContract, finishing_a_job_that_waits_for_its_retry_is_refused) {
  const ClaimedJob claimed = running();
  finish(failure_for_now(claimed, 60'000ms));
  EXPECT_EQ(code_of(db.jobs.finish(success(claimed))), ErrorCode::conflict);
  EXPECT_EQ(get(claimed.id).status, JobStatus::queued);
}

// Attempts.

TEST_F(JobStoreContract, an_attempt_that_runs_has_no_end_yet) {
  const ClaimedJob claimed = running();
  const auto attempts = ok(db.reader.attempts(claimed.id));
  ASSERT_EQ(attempts.size(), 1u);
  EXPECT_EQ(attempts[0].number, 1);
  EXPECT_EQ(attempts[0].worker, worker);
  EXPECT_EQ(attempts[0].worker_name, "host:1");
  EXPECT_EQ(attempts[0].plugin_version, "1.0.0");
  EXPECT_EQ(attempts[0].started_at, start);
  EXPECT_FALSE(attempts[0].ended_at || attempts[0].outcome || attempts[0].exit_code);
}

TEST_F(JobStoreContract, an_attempt_keeps_what_its_worker_reported) {
  const ClaimedJob claimed = running();
  db.clock.advance(7s);
  AttemptEnd end = failure_for_good(claimed);
  end.outcome = AttemptOutcome::out_of_memory;
  end.message = "it used more than 512 MiB";
  end.exit_code = 137;
  end.usage = {.cpu = 1234ms, .peak_bytes = 536'870'912};
  end.isolation = Isolation::container;
  finish(end);
  const Attempt kept = ok(db.reader.attempts(claimed.id)).at(0);
  EXPECT_EQ(kept.ended_at, start + 7s);
  EXPECT_EQ(kept.outcome, AttemptOutcome::out_of_memory);
  EXPECT_EQ(kept.message, "it used more than 512 MiB");
  EXPECT_EQ(kept.exit_code, 137);
  EXPECT_EQ(kept.usage, end.usage);
  EXPECT_EQ(kept.isolation, Isolation::container);
}

TEST_F(JobStoreContract, what_was_not_measured_of_an_attempt_stays_so) {
  for (const Usage& usage : {Usage{.cpu = {}, .peak_bytes = {}, .wall = 5ms, .bytes_in = 1, .bytes_out = 2},
                             Usage{.cpu = {}, .peak_bytes = 0, .wall = 5ms}, Usage{.cpu = 0ms, .peak_bytes = {}, .wall = 5ms}}) {
    const ClaimedJob claimed = running();
    AttemptEnd end = failure_for_good(claimed);
    end.usage = usage;
    finish(end);
    EXPECT_EQ(ok(db.reader.attempts(claimed.id)).at(0).usage, usage);
  }
}

TEST_F(JobStoreContract, every_outcome_is_kept_as_it_is) {
  for (const auto outcome : {AttemptOutcome::failed, AttemptOutcome::timed_out, AttemptOutcome::out_of_memory,
                             AttemptOutcome::output_rejected, AttemptOutcome::refused}) {
    AttemptEnd end = failure_for_good(running());
    end.outcome = outcome;
    finish(end);
    EXPECT_EQ(ok(db.reader.attempts(end.id)).at(0).outcome, outcome);
  }
}

TEST_F(JobStoreContract, every_claim_is_an_attempt_in_the_history_even_one_that_costs_nothing) {
  const ClaimedJob first = running();
  finish(give_back(first));
  finish(failure_for_now(claim(1).at(0), 0ms));
  finish(success(claim(1).at(0)));
  const auto attempts = ok(db.reader.attempts(first.id));
  ASSERT_EQ(attempts.size(), 3u);
  const AttemptOutcome outcomes[] = {AttemptOutcome::given_back, AttemptOutcome::failed, AttemptOutcome::succeeded};
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(attempts[i].number, static_cast<int>(i) + 1);
    EXPECT_EQ(attempts[i].outcome, outcomes[i]);
  }
  EXPECT_EQ(get(first.id).attempts, 2);
}

TEST_F(JobStoreContract, attempts_keep_the_name_of_a_worker_that_is_gone) {
  const ClaimedJob claimed = running();
  finish(success(claimed));
  ok(db.workers.remove(worker));
  EXPECT_EQ(ok(db.reader.attempts(claimed.id)).at(0).worker_name, "host:1");
}

// Logs.

TEST_F(JobStoreContract, log_lines_are_numbered_on_over_all_attempts) {
  const auto lines = [&](int count, const char* text) {
    std::vector<LogLine> made;
    for (int i = 1; i <= count; ++i)
      made.push_back({.n = i, .t = start + std::chrono::seconds{i}, .stream = i % 2 ? LogStream::err : LogStream::out, .text = text});
    return made;
  };
  const ClaimedJob first = running();
  AttemptEnd end = failure_for_now(first, 0ms);
  end.log = lines(3, "one");
  finish(end);
  finish(give_back(claim(1).at(0)));  // without a log
  end = success(claim(1).at(0));
  end.log = lines(2, "\xC3\xA4 \xFF \"two\"");
  finish(end);

  const LogPage page = ok(db.reader.log(first.id, 1, 100));
  EXPECT_EQ(page.total, 5);
  ASSERT_EQ(page.lines.size(), 5u);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_EQ(page.lines[i].n, static_cast<std::int64_t>(i) + 1);
  EXPECT_EQ(page.lines[1], (LogLine{.n = 2, .t = start + 2s, .stream = LogStream::out, .text = "one"}));
  EXPECT_EQ(page.lines[3], (LogLine{.n = 4, .t = start + 1s, .stream = LogStream::err, .text = "\xC3\xA4 \xFF \"two\""}));
}

TEST_F(JobStoreContract, a_log_is_read_in_pages) {
  AttemptEnd end = success(running());
  for (int i = 1; i <= 2500; ++i) end.log.push_back({.n = i, .t = start, .stream = LogStream::err, .text = "line " + std::to_string(i)});
  finish(end);
  const std::tuple<int, int, int, int> cases[] = {{1, 10, 1, 10},     {1, 10'000, 1, 2500}, {2400, 1000, 2400, 101},
                                                  {2500, 1, 2500, 1}, {1234, 3, 1234, 3},   {2501, 10, 0, 0}};
  for (const auto& [from, limit, first, count] : cases) {
    const LogPage page = ok(db.reader.log(end.id, from, limit));
    EXPECT_EQ(page.total, 2500);
    ASSERT_EQ(std::ssize(page.lines), count) << "from " << from << ", limit " << limit;
    for (int i = 0; i < count; ++i) EXPECT_EQ(page.lines[static_cast<std::size_t>(i)].text, "line " + std::to_string(first + i));
  }
}

TEST_F(JobStoreContract, a_job_without_a_log_has_an_empty_one) {
  const LogPage page = ok(db.reader.log(submit(job()), 1, 10));
  EXPECT_EQ(page.total, 0);
  EXPECT_TRUE(page.lines.empty());
  EXPECT_EQ(ok(db.reader.log(JobId{999'999}, 1, 10)).total, 0);
}

}  // namespace orc
