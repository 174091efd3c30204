#include <algorithm>
#include <map>
#include <set>

#include "tests/contract/job_store_suite.h"

namespace orc {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

TEST_F(JobStoreContract, a_claim_of_an_empty_queue_is_an_empty_list) {
  const Claim nothing = ok(db.jobs.claim(worker, 1000));
  EXPECT_TRUE(nothing.jobs.empty());
  EXPECT_FALSE(nothing.next_due);
}

TEST_F(JobStoreContract, a_claimed_job_carries_what_its_worker_needs) {
  NewJob given = job();
  given.timeout = 45s;
  given.attempts_max = 2;
  const JobId id = submit(given);
  db.clock.advance(3s);
  const auto jobs = claim(5);
  ASSERT_EQ(jobs.size(), 1u);
  EXPECT_EQ(jobs[0].id, id);
  EXPECT_EQ(jobs[0].attempt, 1);
  EXPECT_EQ(jobs[0].owner, user.id);
  EXPECT_EQ(jobs[0].version, plugin.current.id);
  EXPECT_EQ(jobs[0].plugin_name, "echo");
  EXPECT_EQ(jobs[0].input, given.input);
  EXPECT_EQ(jobs[0].timeout, 45s);
  EXPECT_EQ(jobs[0].attempts_max, 2);

  const Job read = get(id);
  EXPECT_EQ(read.status, JobStatus::processing);
  EXPECT_EQ(read.started_at, start + 3s);
  EXPECT_EQ(read.attempts, 1);
  EXPECT_FALSE(read.completed_at);
}

TEST_F(JobStoreContract, a_claim_gives_no_more_than_asked_for) {
  submit_all(std::vector<NewJob>(10, job()));
  EXPECT_EQ(claim(3).size(), 3u);
  EXPECT_EQ(claim(3).size(), 3u);
  EXPECT_EQ(claim(1000).size(), 4u);
  EXPECT_TRUE(claim(1).empty());
  EXPECT_EQ(count_of(JobStatus::processing), 10);
}

TEST_F(JobStoreContract, a_worker_holds_no_more_runs_than_it_announced_slots) {
  const auto ids = submit_all(std::vector<NewJob>(8, job()));
  const WorkerId greedy = ok(db.workers.add({.name = "greedy", .slots = 3}));
  const Claim first = ok(db.jobs.claim(greedy, 1000));
  EXPECT_EQ(ids_of(first.jobs), (std::vector{ids[0], ids[1], ids[2]}));
  EXPECT_TRUE(first.waits_for_room) << "so that nobody asks in vain";
  const Claim none = ok(db.jobs.claim(greedy, 1));
  EXPECT_TRUE(none.jobs.empty());
  EXPECT_TRUE(none.waits_for_room) << "it is asked again when one has ended, wherever that was";

  finish(success(first.jobs[1]));
  EXPECT_EQ(ids_of(ok(db.jobs.claim(greedy, 1000)).jobs), std::vector{ids[3]});
  ok(db.jobs.cancel(ids[0]));
  EXPECT_EQ(ids_of(ok(db.jobs.claim(greedy, 1000)).jobs), std::vector{ids[4]});
  finish(give_back(first.jobs[2]));
  EXPECT_EQ(ids_of(ok(db.jobs.claim(greedy, 1000)).jobs), std::vector{ids[2]});
  EXPECT_EQ(ids_of(claim(1000)), (std::vector{ids[5], ids[6], ids[7]})) << "the slots of one worker are not another's";
}

TEST_F(JobStoreContract, claims_of_one_worker_at_once_win_no_more_than_its_slots) {
  submit_all(std::vector<NewJob>(40, job()));
  const WorkerId greedy = ok(db.workers.add({.name = "greedy", .slots = 7}));
  std::vector<boost::asio::awaitable<Result<Claim>>> at_once;
  for (int i = 0; i < 20; ++i) at_once.push_back(db.jobs.claim(i % 5 == 0 ? worker : greedy, i % 5 == 0 ? 1 : 3));
  std::size_t won = 0;
  for (auto& answer : run_all(std::move(at_once))) won += ok(std::move(answer)).jobs.size();
  EXPECT_EQ(won, 4u + 7u);
}

TEST_F(JobStoreContract, a_job_that_is_due_stays_so_when_the_clock_is_set_back) {
  const JobId id = submit(job());
  db.clock.jump_wall_clock(-24h);
  EXPECT_EQ(ids_of(claim(1)), std::vector{id});
}

TEST_F(JobStoreContract, within_one_key_the_lowest_id_runs_first) {
  const auto ids = submit_all(std::vector<NewJob>(30, job()));
  std::vector<JobId> order = ids_of(claim(7));
  while (order.size() < ids.size())
    for (const JobId id : ids_of(claim(3))) order.push_back(id);
  EXPECT_EQ(order, ids);
}

TEST_F(JobStoreContract, higher_priorities_run_first_whatever_their_key) {
  std::vector<NewJob> batch;
  for (const int priority : {4, 0, 9, 4, 5, 9}) batch.push_back(job_of_share(priority == 9 ? "a" : "b", priority));
  const auto ids = submit_all(batch);
  EXPECT_EQ(ids_of(claim(6)), (std::vector{ids[2], ids[5], ids[4], ids[0], ids[3], ids[1]}));
}

TEST_F(JobStoreContract, a_single_job_overtakes_ten_thousand_of_another_key) {
  for (int i = 0; i < 10; ++i) submit_all(std::vector<NewJob>(job_batch_max, job_of_share("crowd")));
  claim(50);
  const JobId single = submit(job_of_share("single"));
  EXPECT_TRUE(std::ranges::count(ids_of(claim(2)), single) == 1) << "delayed by more than one job of the other key";
}

TEST_F(JobStoreContract, share_keys_take_turns_job_by_job) {
  std::vector<NewJob> batch;
  for (const char* share : {"a", "b", "c"})
    for (int i = 0; i < 12; ++i) batch.push_back(job_of_share(share));
  const auto ids = submit_all(batch);
  std::map<JobId, std::size_t> key_of;
  for (std::size_t i = 0; i < ids.size(); ++i) key_of[ids[i]] = i / 12;

  std::vector<std::size_t> order;
  for (const int count : {1, 1, 1, 5, 7, 21})  // turns run on from one claim to the next
    for (const JobId id : ids_of(claim(count))) order.push_back(key_of.at(id));
  ASSERT_EQ(order.size(), 36u);
  for (std::size_t i = 0; i < order.size(); i += 3)
    EXPECT_EQ((std::set{order[i], order[i + 1], order[i + 2]}).size(), 3u) << "one key ran twice among jobs " << i << " to " << i + 2;
}

TEST_F(JobStoreContract, a_key_that_was_idle_has_not_saved_up_turns) {
  std::vector<NewJob> busy(60, job_of_share("busy"));
  submit_all(busy);
  claim(40);
  const auto late = submit_all(std::vector<NewJob>(20, job_of_share("late")));
  const auto order = ids_of(claim(20));
  const auto of_late = std::ranges::count_if(order, [&](JobId id) { return std::ranges::count(late, id) == 1; });
  EXPECT_GE(of_late, 9);
  EXPECT_LE(of_late, 11);
}

TEST_F(JobStoreContract, a_job_does_not_run_before_its_time) {
  const JobId id = submit(job_due_at(start + 10s));
  const Claim early = ok(db.jobs.claim(worker, 10));
  EXPECT_TRUE(early.jobs.empty());
  EXPECT_EQ(early.next_due, start + 10s);
  db.clock.advance(10s - 1ms);
  EXPECT_TRUE(claim(1).empty());
  db.clock.advance(1ms);
  EXPECT_EQ(ids_of(claim(1)), std::vector{id});
}

TEST_F(JobStoreContract, a_delayed_job_does_not_hold_up_those_behind_it) {
  submit(job_due_at(start + 1h));
  const JobId ready = submit(job());
  EXPECT_EQ(ids_of(claim(10)), std::vector{ready});
}

TEST_F(JobStoreContract, a_time_in_the_past_means_now) {
  const JobId id = submit(job_due_at(start - 1h));
  EXPECT_EQ(ids_of(claim(1)), std::vector{id});
}

TEST_F(JobStoreContract, the_next_due_time_is_the_earliest_one) {
  submit_all({job_due_at(start + 30s), job_due_at(start + 20s), job_due_at(start + 40s)});
  EXPECT_EQ(ok(db.jobs.claim(worker, 1)).next_due, start + 20s);
  db.clock.advance(20s);
  EXPECT_EQ(claim(10).size(), 1u);
  EXPECT_EQ(ok(db.jobs.claim(worker, 1)).next_due, start + 30s);
}

TEST_F(JobStoreContract, each_job_goes_to_one_caller_only) {
  const auto ids = submit_all(std::vector<NewJob>(200, job()));
  const WorkerId other = ok(db.workers.add({.name = "host:2", .slots = worker_slots}));
  std::vector<boost::asio::awaitable<Result<Claim>>> at_once;
  for (int i = 0; i < 60; ++i) at_once.push_back(db.jobs.claim(i % 2 ? worker : other, 5));
  std::vector<JobId> won;
  for (auto& answer : run_all(std::move(at_once)))
    for (const ClaimedJob& claimed : ok(std::move(answer)).jobs) won.push_back(claimed.id);
  std::ranges::sort(won);
  EXPECT_EQ(won, ids);
}

TEST_F(JobStoreContract, the_fence_rises_with_every_claim) {
  Fence last{0};
  const JobId id = submit(job());
  for (int i = 0; i < 5; ++i) {
    const ClaimedJob claimed = claim(1).at(0);
    EXPECT_EQ(claimed.id, id);
    EXPECT_GT(claimed.fence, last);
    last = claimed.fence;
    finish(give_back(claimed));
  }
}

TEST_F(JobStoreContract, a_worker_that_was_removed_wins_nothing) {
  const JobId id = submit(job());
  ok(db.workers.remove(worker));
  EXPECT_EQ(code_of(db.jobs.claim(worker, 1)), ErrorCode::not_found);
  EXPECT_EQ(get(id).status, JobStatus::queued);
}

TEST_F(JobStoreContract, a_cancelled_or_erased_job_is_not_claimed) {
  const auto ids = submit_all({job(), job(), job()});
  ok(db.jobs.cancel(ids[0]));
  ok(db.jobs.erase(ids[1]));
  EXPECT_EQ(ids_of(claim(10)), std::vector{ids[2]});
}

}  // namespace orc
