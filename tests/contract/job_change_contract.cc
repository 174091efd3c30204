#include "tests/contract/job_store_suite.h"

namespace orc {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

TEST_F(JobStoreContract, cancel_and_retry_follow_the_transition_table) {
  for (const JobStatus from : job_statuses) {
    for (const JobTrigger trigger : {JobTrigger::cancel_asked, JobTrigger::retry_asked}) {
      SCOPED_TRACE(std::string(to_word(trigger)) + " while " + std::string(to_word(from)));
      const JobId id = job_in(from);
      ASSERT_EQ(get(id).status, from);
      const auto answer = ask(trigger, id);
      const auto expected = next_status(from, trigger);
      EXPECT_EQ(answer.has_value(), expected.has_value());
      EXPECT_EQ(get(id).status, expected.value_or(from));
      if (!answer) {
        EXPECT_EQ(answer.error().code, ErrorCode::conflict);
        EXPECT_TRUE(answer.error().message.contains(to_word(from))) << answer.error().message;
      }
      ok(db.jobs.erase(id));  // so that the next claim finds the next job
    }
  }
}

TEST_F(JobStoreContract, a_job_can_be_erased_in_every_state) {
  for (const JobStatus from : job_statuses) {
    SCOPED_TRACE(to_word(from));
    const JobId id = job_in(from);
    ok(db.jobs.erase(id));
    EXPECT_EQ(code_of(db.reader.get(id)), ErrorCode::not_found);
    EXPECT_TRUE(ok(db.reader.attempts(id)).empty());
    EXPECT_EQ(ok(db.reader.counts({})), JobCounts{});
    EXPECT_EQ(ok(db.reader.counts(user.id)), JobCounts{});
    EXPECT_EQ(dead_letter_count(), 0);
    EXPECT_EQ(code_of(db.jobs.erase(id)), ErrorCode::not_found);
  }
}

TEST_F(JobStoreContract, nothing_can_be_done_to_an_unknown_job) {
  const JobId unknown{999'999};
  EXPECT_EQ(code_of(db.jobs.cancel(unknown)), ErrorCode::not_found);
  EXPECT_EQ(code_of(db.jobs.retry(unknown)), ErrorCode::not_found);
  EXPECT_EQ(code_of(db.jobs.erase(unknown)), ErrorCode::not_found);
}

TEST_F(JobStoreContract, a_cancelled_queued_job_has_an_end_and_never_ran) {
  const JobId id = submit(job());
  db.clock.advance(2s);
  ok(db.jobs.cancel(id));
  const Job read = get(id);
  EXPECT_EQ(read.completed_at, start + 2s);
  EXPECT_FALSE(read.started_at || read.result);
  EXPECT_TRUE(ok(db.reader.attempts(id)).empty());
}

TEST_F(JobStoreContract, cancelling_a_running_job_ends_its_attempt_and_refuses_its_result) {
  const ClaimedJob claimed = running();
  db.clock.advance(2s);
  ok(db.jobs.cancel(claimed.id));
  const Attempt attempt = ok(db.reader.attempts(claimed.id)).at(0);
  EXPECT_EQ(attempt.outcome, AttemptOutcome::cancelled);
  EXPECT_EQ(attempt.ended_at, start + 2s);
  EXPECT_EQ(code_of(db.jobs.finish(success(claimed))), ErrorCode::conflict);
  EXPECT_EQ(get(claimed.id).status, JobStatus::cancelled);
  EXPECT_EQ(get(claimed.id).completed_at, start + 2s);
  EXPECT_FALSE(get(claimed.id).result);
  EXPECT_EQ(dead_letter_count(), 0);
}

TEST_F(JobStoreContract, what_a_cancelled_run_used_and_when_it_ended_is_told_by_its_end_and_changes_nothing_else) {
  const ClaimedJob first = running();
  ok(db.jobs.cancel(first.id));
  const Attempt cut = ok(db.reader.attempts(first.id)).at(0);
  EXPECT_EQ(cut.usage, Usage{});
  db.clock.advance(1s);
  AttemptEnd end = success(first);
  end.usage = {.cpu = 120ms, .peak_bytes = 5'000, .wall = 300ms, .bytes_in = 8, .bytes_out = 0};
  end.image = "sha256:" + std::string(64, 'a');
  EXPECT_EQ(code_of(db.jobs.finish(end)), ErrorCode::conflict);
  const Attempt told = ok(db.reader.attempts(first.id)).at(0);
  EXPECT_EQ(told.usage, end.usage);
  EXPECT_EQ(told.image, end.image);
  EXPECT_EQ(told.outcome, AttemptOutcome::cancelled);
  EXPECT_EQ(told.message, cut.message);
  EXPECT_EQ(told.ended_at, start + 1s);
  EXPECT_EQ(get(first.id).completed_at, start);
  EXPECT_EQ(told.exit_code, cut.exit_code);
  EXPECT_EQ(told.isolation, cut.isolation);

  ok(db.jobs.retry(first.id));
  AttemptEnd again = end;
  again.usage.peak_bytes = 6'000;
  EXPECT_EQ(code_of(db.jobs.finish(again)), ErrorCode::conflict);
  const ClaimedJob second = claim(1).at(0);
  ok(db.jobs.cancel(second.id));
  EXPECT_EQ(code_of(db.jobs.finish(again)), ErrorCode::conflict);
  const auto attempts = ok(db.reader.attempts(first.id));
  EXPECT_EQ(attempts.at(0).usage, end.usage) << "which was told once";
  EXPECT_EQ(attempts.at(1).usage, Usage{}) << "of another run";
}

TEST_F(JobStoreContract, a_run_that_ends_at_once_with_its_cancel_tells_what_it_used) {
  const ClaimedJob claimed = running();
  AttemptEnd end = success(claimed);
  end.usage = {.cpu = 120ms, .peak_bytes = 5'000, .wall = 300ms, .bytes_in = 8, .bytes_out = 0};
  std::vector<boost::asio::awaitable<Result<JobStatus>>> at_once;
  at_once.push_back(db.jobs.cancel(claimed.id));
  at_once.push_back(db.jobs.finish(end));
  run_all(std::move(at_once));
  EXPECT_EQ(ok(db.reader.attempts(claimed.id)).at(0).usage, end.usage);
}

TEST_F(JobStoreContract, a_late_result_does_not_end_a_job_that_was_cancelled_and_retried) {
  const ClaimedJob first = running();
  ok(db.jobs.cancel(first.id));
  ok(db.jobs.retry(first.id));
  EXPECT_EQ(code_of(db.jobs.finish(success(first))), ErrorCode::conflict);
  const ClaimedJob second = claim(1).at(0);
  EXPECT_GT(second.fence, first.fence);
  EXPECT_EQ(code_of(db.jobs.finish(success(first))), ErrorCode::conflict);
  EXPECT_EQ(finish(success(second)), JobStatus::completed);
}

TEST_F(JobStoreContract, a_late_result_of_an_erased_job_is_not_found) {
  const ClaimedJob claimed = running();
  ok(db.jobs.erase(claimed.id));
  EXPECT_EQ(code_of(db.jobs.finish(success(claimed))), ErrorCode::not_found);
}

TEST_F(JobStoreContract, a_retry_starts_anew_and_keeps_the_history) {
  NewJob given = job();
  given.run_at = start - 1s;
  given.labels = {{"a", "b"}};
  const ClaimedJob claimed = running(given);
  AttemptEnd end = failure_for_good(claimed);
  end.log = {{.n = 1, .t = start, .stream = LogStream::err, .text = "first"}};
  finish(end);
  db.clock.advance(60s);
  ok(db.jobs.retry(claimed.id));

  const Job read = get(claimed.id);
  EXPECT_EQ(read.status, JobStatus::queued);
  EXPECT_EQ(read.attempts, 0);
  EXPECT_EQ(read.created_at, start);
  EXPECT_EQ(read.labels, given.labels);
  EXPECT_FALSE(read.result || read.error_message || read.started_at || read.completed_at || read.run_at);
  EXPECT_EQ(dead_letter_count(), 0);

  const ClaimedJob again = claim(1).at(0);
  EXPECT_EQ(again.attempt, 1);
  EXPECT_EQ(again.input, given.input);
  end = success(again);
  end.log = {{.n = 1, .t = start, .stream = LogStream::err, .text = "second"}};
  finish(end);
  const auto attempts = ok(db.reader.attempts(claimed.id));
  ASSERT_EQ(attempts.size(), 2u);
  EXPECT_EQ(attempts[0].outcome, AttemptOutcome::timed_out);
  EXPECT_EQ(attempts[1].number, 2);
  const LogPage log = ok(db.reader.log(claimed.id, 1, 10));
  ASSERT_EQ(log.lines.size(), 2u);
  EXPECT_EQ(log.lines[1].n, 2);
  EXPECT_EQ(log.lines[1].text, "second");
}

TEST_F(JobStoreContract, a_completed_job_loses_its_result_when_it_is_run_again) {
  const JobId id = job_in(JobStatus::completed);
  ok(db.jobs.retry(id));
  EXPECT_FALSE(get(id).result);
  EXPECT_EQ(ids_of(claim(1)), std::vector{id});
}

TEST_F(JobStoreContract, a_delayed_job_that_was_cancelled_runs_at_once_when_retried) {
  const JobId id = submit(job_due_at(start + 600s));
  ok(db.jobs.cancel(id));
  ok(db.jobs.retry(id));
  EXPECT_EQ(ids_of(claim(1)), std::vector{id});
}

TEST_F(JobStoreContract, a_dead_letter_goes_with_its_job) {
  const JobId id = job_in(JobStatus::failed);
  ASSERT_EQ(dead_letter_count(), 1);
  ok(db.jobs.erase(id));
  EXPECT_EQ(dead_letter_count(), 0);
}

TEST_F(JobStoreContract, a_job_can_die_again_after_its_redrive) {
  const JobId id = job_in(JobStatus::failed);
  ok(db.jobs.retry(id));
  AttemptEnd end = failure_for_good(claim(1).at(0));
  end.message = "again";
  finish(end);
  const DeadLetterPage dead = ok(db.reader.dead_letters({}));
  ASSERT_EQ(dead.total, 1);
  EXPECT_EQ(dead.items.at(0).job, id);
  EXPECT_EQ(dead.items.at(0).reason, "again");
  EXPECT_EQ(dead.items.at(0).attempts, 1);
}

}  // namespace orc
