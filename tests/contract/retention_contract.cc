#include "tests/contract/store_fixture.h"

namespace orc {

// What every Retention must do.
class RetentionContract : public StoreContract {
 protected:
  AttemptEnd with_log(AttemptEnd end) const {
    end.log = {{.t = db.clock.now(), .text = "one"}, {.t = db.clock.now(), .text = "two"}};
    return end;
  }
};

using std::chrono_literals::operator""s;

TEST_F(RetentionContract, ended_jobs_go_by_the_time_they_ended_and_others_stay) {
  const JobId queued = job_in(JobStatus::queued);
  ok(db.jobs.cancel(queued));
  ok(db.jobs.retry(queued));  // ended once, but lives again
  const ClaimedJob again = claim(1).at(0);
  const JobId completed = job_in(JobStatus::completed);
  db.clock.advance(1s);
  const JobId failed = job_in(JobStatus::failed);
  const JobId cancelled = job_in(JobStatus::cancelled);
  db.clock.advance(1s);
  const JobId late = job_in(JobStatus::completed);

  EXPECT_EQ(ok(db.retention.prune_jobs(start, 100)), 0);
  EXPECT_EQ(ok(db.retention.prune_jobs(start + 2s, 100)), 3);
  for (const JobId id : {completed, failed, cancelled}) {
    EXPECT_EQ(code_of(db.reader.get(id)), ErrorCode::not_found);
    EXPECT_TRUE(ok(db.reader.attempts(id)).empty());
  }
  EXPECT_EQ(get(again.id).status, JobStatus::processing);
  EXPECT_EQ(get(late).status, JobStatus::completed);
  EXPECT_EQ(ok(db.reader.dead_letters({})).total, 0);
  EXPECT_EQ(ok(db.reader.counts({})), (JobCounts{0, 1, 1, 0, 0}));
  EXPECT_EQ(ok(db.reader.counts(user.id)), (JobCounts{0, 1, 1, 0, 0}));
  EXPECT_EQ(ok(db.retention.prune_jobs(start + 2s, 100)), 0);
}

TEST_F(RetentionContract, jobs_go_in_batches_oldest_first) {
  std::vector<JobId> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(job_in(JobStatus::completed));
    db.clock.advance(1s);
  }
  const Timestamp cutoff = db.clock.now();
  EXPECT_EQ(ok(db.retention.prune_jobs(cutoff, 2)), 2);
  EXPECT_EQ(code_of(db.reader.get(ids[1])), ErrorCode::not_found);
  EXPECT_EQ(get(ids[2]).id, ids[2]);
  EXPECT_EQ(ok(db.retention.prune_jobs(cutoff, 2)), 2);
  EXPECT_EQ(ok(db.retention.prune_jobs(cutoff, 2)), 1);
  EXPECT_EQ(ok(db.retention.prune_jobs(cutoff, 2)), 0);
}

TEST_F(RetentionContract, pruned_logs_are_gone_and_numbers_run_on) {
  const ClaimedJob first = running();
  finish(with_log(failure_for_now(first, std::chrono::milliseconds{0})));
  db.clock.advance(10s);
  EXPECT_EQ(ok(db.retention.prune_logs(start, 100)), 0);
  EXPECT_EQ(ok(db.reader.log(first.id, 1, 10)).total, 2);
  EXPECT_GE(ok(db.retention.prune_logs(start + 10s, 100)), 1);
  EXPECT_EQ(ok(db.retention.prune_logs(start + 10s, 100)), 0);
  EXPECT_TRUE(ok(db.reader.log(first.id, 1, 10)).lines.empty());

  finish(with_log(success(claim(1).at(0))));
  const LogPage page = ok(db.reader.log(first.id, 1, 10));
  ASSERT_EQ(page.lines.size(), 2u);
  EXPECT_EQ(page.lines[0].n, 3);
  EXPECT_EQ(page.total, 2);
  EXPECT_EQ(get(first.id).status, JobStatus::completed);
}

TEST_F(RetentionContract, logs_go_in_batches) {
  for (int i = 0; i < 3; ++i) finish(with_log(success(running())));
  db.clock.advance(1s);
  int batches = 0;
  while (ok(db.retention.prune_logs(db.clock.now(), 1)) == 1) ++batches;
  EXPECT_GE(batches, 3);
}

TEST_F(RetentionContract, logs_beyond_a_size_go_oldest_first) {
  std::vector<JobId> ids;
  for (int i = 0; i < 4; ++i) {
    const ClaimedJob claimed = running();
    finish(with_log(success(claimed)));
    ids.push_back(claimed.id);
    db.clock.advance(1s);
  }
  const auto has_log = [&](JobId id) { return !ok(db.reader.log(id, 1, 10)).lines.empty(); };
  EXPECT_EQ(ok(db.retention.prune_logs_beyond(1'000'000, 100)), 0);
  EXPECT_EQ(ok(db.retention.prune_logs_beyond(0, 1)), 1);
  EXPECT_FALSE(has_log(ids[0]));
  EXPECT_TRUE(has_log(ids[1]));
  EXPECT_EQ(ok(db.retention.prune_logs_beyond(0, 100)), 3);
  EXPECT_EQ(ok(db.retention.prune_logs_beyond(0, 100)), 0);
  EXPECT_FALSE(has_log(ids[3]));
  EXPECT_EQ(get(ids[3]).status, JobStatus::completed);
}

TEST_F(RetentionContract, old_audit_entries_go_in_batches) {
  for (int i = 0; i < 5; ++i) {
    ok(db.audit.append({.actor = admin.id, .action = "user.change", .subject = "user 2", .from = "127.0.0.1"}));
    db.clock.advance(1s);
  }
  EXPECT_EQ(ok(db.retention.prune_audit(start, 100)), 0);
  EXPECT_EQ(ok(db.retention.prune_audit(start + 3s, 2)), 2);
  EXPECT_EQ(ok(db.retention.prune_audit(start + 3s, 2)), 1);
  EXPECT_EQ(ok(db.retention.prune_audit(start + 60s, 100)), 2);
  ok(db.audit.append({.actor = {}, .action = "user.login", .subject = "unknown e-mail", .from = "", .succeeded = false}));
}

TEST_F(RetentionContract, old_idempotency_keys_go_in_batches_and_their_jobs_stay) {
  const auto keyed = [&](std::string name) {
    NewJob made = job();
    made.idempotency = Idempotency{.key = std::move(name), .request = {}};
    return made;
  };
  const auto ids = submit_all({keyed("a"), keyed("b"), keyed("c")});
  db.clock.advance(1s);
  submit(keyed("d"));
  EXPECT_EQ(ok(db.retention.prune_idempotency_keys(start + 1s, 2)), 2);
  EXPECT_EQ(ok(db.retention.prune_idempotency_keys(start + 1s, 2)), 1);
  EXPECT_EQ(ok(db.retention.prune_idempotency_keys(start + 1s, 2)), 0);
  for (const JobId id : ids) EXPECT_EQ(get(id).status, JobStatus::queued);
  EXPECT_FALSE(ok(db.jobs.submit({keyed("a")})).front().is_repeat);
  EXPECT_TRUE(ok(db.jobs.submit({keyed("d")})).front().is_repeat);
}

}  // namespace orc
