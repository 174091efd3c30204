#include "tests/contract/job_store_suite.h"

namespace orc {

using std::chrono_literals::operator""s;

// What removed users and plugins leave behind.

TEST_F(JobStoreContract, without_a_removal_no_job_is_an_orphan) {
  running();
  submit(job());
  EXPECT_TRUE(end_orphans().empty());
}

TEST_F(JobStoreContract, orphans_end_in_batches) {
  const Plugin other = add_plugin("other");
  auto expected = submit_all(std::vector<NewJob>(5, job_for(other)));
  ok(db.plugins.erase(other.id));
  const auto of_user = submit_all(std::vector<NewJob>(5, job()));
  ok(db.users.erase(user.id));
  expected.insert(expected.end(), of_user.begin(), of_user.end());

  std::vector<JobId> ended;
  for (const std::size_t size : {4u, 4u, 2u, 0u}) {
    const auto batch = end_orphans(4);
    EXPECT_EQ(batch.size(), size);
    ended.insert(ended.end(), batch.begin(), batch.end());
    EXPECT_EQ(count_of(JobStatus::queued), 10 - std::ssize(ended));
  }
  std::ranges::sort(ended);
  EXPECT_EQ(ended, expected);
}

TEST_F(JobStoreContract, orphans_are_never_claimed_and_hold_nobody_up) {
  const Plugin other = add_plugin("other");
  submit_all(std::vector<NewJob>(20, job_for(other)));
  ok(db.plugins.erase(other.id));
  std::vector<NewJob> jobs(20, job());
  submit_all(jobs);
  ok(db.users.erase(user.id));
  NewJob mine = job();
  mine.owner = admin.id;
  const JobId live = submit(mine);
  EXPECT_EQ(ids_of(claim(1)), std::vector{live}) << "the last one of the same key";
  EXPECT_TRUE(claim(10).empty());
  EXPECT_EQ(count_of(JobStatus::queued), 40) << "they have not ended yet";
  EXPECT_EQ(end_orphans().size(), 40u) << "those that a claim has passed over, too";
}

TEST_F(JobStoreContract, orphans_cost_their_key_no_turn) {
  const Plugin other = add_plugin("other");
  NewJob gone = job_for(other);
  gone.share_key = "a";
  submit_all(std::vector<NewJob>(6, gone));
  ok(db.plugins.erase(other.id));
  const auto of_a = submit_all({job_of_share("a"), job_of_share("a"), job_of_share("a")});
  const auto of_b = submit_all({job_of_share("b"), job_of_share("b"), job_of_share("b")});
  std::vector<std::string> order;
  for (int i = 0; i < 6; ++i) order.push_back(get(claim(1).at(0).id).share_key);
  EXPECT_EQ(std::ranges::count(order.begin(), order.begin() + 2, "a"), 1);
  EXPECT_EQ(std::ranges::count(order.begin(), order.begin() + 4, "a"), 2);
}

TEST_F(JobStoreContract, a_delayed_job_of_a_removed_plugin_ends_before_its_time) {
  const JobId id = submit(job_due_at(start + 1000s));
  ok(db.plugins.erase(plugin.id));
  EXPECT_EQ(end_orphans(), std::vector{id});
  EXPECT_EQ(get(id).status, JobStatus::failed);
  EXPECT_FALSE(ok(db.jobs.claim(worker, 1)).next_due);
}

TEST_F(JobStoreContract, a_job_that_comes_back_to_the_queue_after_its_plugin_went_is_not_claimed_again) {
  const ClaimedJob retried = running();
  const ClaimedJob given_back = running();
  ok(db.plugins.erase(plugin.id));
  EXPECT_TRUE(end_orphans().empty()) << "what is processing goes on";
  finish(failure_for_now(retried, 1s));
  finish(give_back(given_back));
  db.clock.advance(1s);
  EXPECT_TRUE(claim(2).empty());
  EXPECT_EQ(end_orphans(), (std::vector{retried.id, given_back.id}));
  EXPECT_EQ(get(retried.id).status, JobStatus::failed);
  EXPECT_TRUE(get(retried.id).error_message->contains("removed")) << *get(retried.id).error_message;
  EXPECT_EQ(dead_letter_count(), 0);
}

TEST_F(JobStoreContract, a_later_plugin_of_the_same_name_keeps_its_jobs) {
  const JobId of_the_first = submit(job());
  ok(db.plugins.erase(plugin.id));
  const Plugin second = add_plugin("echo", "2.0.0");
  const JobId of_the_second = submit(job_for(second));
  EXPECT_EQ(end_orphans(), std::vector{of_the_first});
  EXPECT_EQ(ids_of(claim(2)), std::vector{of_the_second});
}

TEST_F(JobStoreContract, a_job_without_its_owner_can_be_retried_and_runs) {
  const JobId id = job_in(JobStatus::completed);
  const JobId cancelled = submit(job());
  ok(db.users.erase(user.id));
  EXPECT_EQ(end_orphans(), std::vector{cancelled});
  ok(db.jobs.retry(id));
  ok(db.jobs.retry(cancelled));
  EXPECT_TRUE(end_orphans().empty());
  EXPECT_EQ(ids_of(claim(2)), (std::vector{id, cancelled}));
}

TEST_F(JobStoreContract, cancelling_gives_the_status_that_the_job_had) {
  const ClaimedJob claimed = running();
  const JobId queued = submit(job());
  EXPECT_EQ(ok(db.jobs.cancel(claimed.id)), JobStatus::processing);
  EXPECT_EQ(ok(db.jobs.cancel(queued)), JobStatus::queued);
}

TEST_F(JobStoreContract, an_orphan_can_be_cancelled_or_erased_by_hand) {
  const auto ids = submit_all({job(), job(), job()});
  ok(db.plugins.erase(plugin.id));
  ok(db.jobs.cancel(ids[0]));
  ok(db.jobs.erase(ids[1]));
  EXPECT_EQ(end_orphans(), std::vector{ids[2]});
  EXPECT_EQ(get(ids[0]).status, JobStatus::cancelled);
}

TEST_F(JobStoreContract, a_withdrawn_job_fails_with_its_sentence_and_is_no_dead_letter) {
  const ClaimedJob claimed = running();
  ok(db.plugins.erase(plugin.id));
  EXPECT_EQ(finish(withdrawal(claimed)), JobStatus::failed);
  EXPECT_EQ(get(claimed.id).error_message, withdrawal(claimed).message);
  EXPECT_EQ(ok(db.reader.attempts(claimed.id)).at(0).outcome, AttemptOutcome::refused);
  EXPECT_EQ(dead_letter_count(), 0);
}

}  // namespace orc
