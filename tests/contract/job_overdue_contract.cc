#include "tests/contract/job_store_suite.h"

namespace orc {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

// Jobs that nobody runs in time.
class JobOverdueContract : public JobStoreContract {
 protected:
  NewJob patient_for(std::chrono::seconds time) const {
    NewJob made = job();
    made.queue_time = time;
    return made;
  }
  std::vector<JobId> end_overdue(int count = 100) { return ok(db.jobs.end_overdue(count)); }
};

TEST_F(JobOverdueContract, a_job_that_was_due_for_too_long_fails_without_a_worker) {
  const JobId patient = submit(job());
  const JobId id = submit(patient_for(30s));
  db.clock.advance(30s);
  EXPECT_TRUE(end_overdue().empty()) << "to the moment";
  db.clock.advance(1ms);
  EXPECT_EQ(end_overdue(), std::vector{id});
  const Job ended = get(id);
  EXPECT_EQ(ended.status, JobStatus::failed);
  EXPECT_EQ(ended.error_message, "it waited 30 s to be run, longer than limits.queue_seconds 30");
  EXPECT_EQ(ended.completed_at, start + 30s + 1ms);
  EXPECT_EQ(dead_letter_count(), 1);
  EXPECT_EQ(ok(db.reader.dead_letters({})).items.at(0).reason, *ended.error_message);
  EXPECT_EQ(count_of(JobStatus::queued), 1);
  EXPECT_EQ(count_of(JobStatus::failed), 1);
  EXPECT_TRUE(end_overdue().empty());
  EXPECT_EQ(ids_of(claim(10)), std::vector{patient});
}

TEST_F(JobOverdueContract, time_before_it_is_due_does_not_count) {
  NewJob later = patient_for(10s);
  later.run_at = start + 100s;
  const JobId id = submit(later);
  db.clock.advance(110s);
  EXPECT_TRUE(end_overdue().empty());
  db.clock.advance(1ms);
  EXPECT_EQ(end_overdue(), std::vector{id}) << "though no claim has looked at it since it became due";
}

TEST_F(JobOverdueContract, a_job_that_runs_is_left_alone_and_each_wait_counts_by_itself) {
  const ClaimedJob first = running(patient_for(10s));
  db.clock.advance(60s);
  EXPECT_TRUE(end_overdue().empty());
  finish(failure_for_now(first, 5s));
  db.clock.advance(15s);
  EXPECT_TRUE(end_overdue().empty()) << "it has been due for 10 s";
  db.clock.advance(1ms);
  EXPECT_EQ(end_overdue(), std::vector{first.id});
  ok(db.jobs.retry(first.id));
  EXPECT_EQ(dead_letter_count(), 0);
  db.clock.advance(10s);
  EXPECT_EQ(ids_of(claim(1)), std::vector{first.id});
}

TEST_F(JobOverdueContract, those_that_waited_longest_beyond_their_time_end_first_in_batches) {
  const JobId third = submit(patient_for(30s));
  const JobId first = submit(patient_for(10s));
  const JobId second = submit(patient_for(20s));
  db.clock.advance(100s);
  EXPECT_EQ(end_overdue(1), std::vector{first});
  auto rest = end_overdue(2);
  std::ranges::sort(rest);
  EXPECT_EQ(rest, (std::vector{third, second}));
}

TEST_F(JobOverdueContract, it_and_a_claim_never_both_have_a_job) {
  for (int i = 0; i < 20; ++i) submit(patient_for(1s));
  db.clock.advance(2s);
  std::vector<boost::asio::awaitable<Result<Claim>>> claims;
  std::vector<JobId> ended;
  const auto end_some = [&]() -> boost::asio::awaitable<void> {
    auto some = co_await db.jobs.end_overdue(10);
    ended = ok(std::move(some));
  };
  std::vector<JobId> claimed;
  const auto claim_some = [&]() -> boost::asio::awaitable<void> {
    auto some = co_await db.jobs.claim(worker, 10);
    claimed = ids_of(ok(std::move(some)).jobs);
  };
  std::vector<boost::asio::awaitable<void>> both;
  both.push_back(end_some());
  both.push_back(claim_some());
  run_tasks(std::move(both));
  for (const JobId id : ended) EXPECT_EQ(std::ranges::count(claimed, id), 0);
  EXPECT_EQ(count_of(JobStatus::failed), std::ssize(ended));
  EXPECT_EQ(count_of(JobStatus::processing), std::ssize(claimed));
}

}  // namespace orc
