#include "tests/contract/store_fixture.h"

namespace orc {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

// What every CallbackStore must do, and every JobStore for it.
class CallbackStoreContract : public StoreContract {
 protected:
  static constexpr const char* origin = "https://hooks.example.org";

  NewJob told(std::string url = "https://Hooks.example.org/ended?a=1") const {
    NewJob made = job();
    made.callback_url = std::move(url);
    made.labels = {{"team", "red"}};
    return made;
  }
  std::vector<DueCallback> due(int count = 100) { return ok(db.callbacks.claim(origin, count)); }
  std::vector<CallbackDelivery> deliveries(JobId id) { return ok(db.callbacks.deliveries(id)); }
  static CallbackTry taken(const DueCallback& one) {
    return {.id = one.id,
            .number = one.number,
            .state = CallbackState::delivered,
            .wait = {},
            .answer = {.kind = CallbackAnswer::Kind::taken, .status = 204, .reason = {}}};
  }
  static CallbackTry refused(const DueCallback& one, std::chrono::milliseconds wait) {
    return {.id = one.id,
            .number = one.number,
            .state = CallbackState::waiting,
            .wait = wait,
            .answer = {.kind = CallbackAnswer::Kind::not_taken, .status = 503, .reason = "it answered 503"}};
  }
};

TEST_F(CallbackStoreContract, a_job_shows_the_callback_url_that_it_came_with) {
  EXPECT_EQ(get(submit(told())).callback_url, "https://Hooks.example.org/ended?a=1");
  EXPECT_EQ(get(submit(job())).callback_url, std::nullopt);
}

TEST_F(CallbackStoreContract, the_end_of_a_job_is_due_at_once_with_what_is_to_be_told) {
  const ClaimedJob claimed = running(told());
  EXPECT_TRUE(due().empty()) << "it runs yet";
  db.clock.advance(5s);
  finish(success(claimed));
  const auto one = due();
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0].job, claimed.id);
  EXPECT_EQ(one[0].number, 1);
  EXPECT_EQ(one[0].owner, user.id);
  EXPECT_EQ(one[0].url, "https://Hooks.example.org/ended?a=1");
  EXPECT_EQ(one[0].plugin_name, "echo");
  EXPECT_EQ(one[0].plugin_version, "1.0.0");
  EXPECT_EQ(one[0].status, JobStatus::completed);
  EXPECT_EQ(one[0].error_message, std::nullopt);
  EXPECT_EQ(one[0].labels, (Labels{{"team", "red"}}));
  EXPECT_EQ(one[0].created_at, start);
  EXPECT_EQ(one[0].ended_at, start + 5s);
}

TEST_F(CallbackStoreContract, every_way_in_which_a_job_ends_is_told_once) {
  const JobId cancelled_waiting = submit(told());
  ok(db.jobs.cancel(cancelled_waiting));
  const ClaimedJob cancelled_running = running(told());
  ok(db.jobs.cancel(cancelled_running.id));
  const ClaimedJob failed = running(told());
  finish(failure_for_now(failed, 0ms));
  finish(failure_for_good(claim(1).at(0)));
  const ClaimedJob withdrawn = running(told());
  finish(withdrawal(withdrawn));
  NewJob impatient = told();
  impatient.queue_time = 1s;
  const JobId overdue = submit(impatient);
  db.clock.advance(2s);
  ok(db.jobs.end_overdue(10));
  const JobId orphan = submit(told());
  ok(db.plugins.erase(plugin.id));
  end_orphans();

  std::map<JobId, DueCallback> told_of;
  for (const DueCallback& one : due()) EXPECT_TRUE(told_of.emplace(one.job, one).second);
  ASSERT_EQ(told_of.size(), 6u);
  EXPECT_EQ(told_of.at(cancelled_waiting).status, JobStatus::cancelled);
  EXPECT_EQ(told_of.at(cancelled_running.id).status, JobStatus::cancelled);
  EXPECT_EQ(told_of.at(failed.id).error_message, "it took longer than 60 s");
  EXPECT_EQ(told_of.at(withdrawn.id).error_message, withdrawal(withdrawn).message);
  EXPECT_EQ(told_of.at(overdue).error_message, get(overdue).error_message);
  EXPECT_EQ(told_of.at(orphan).status, JobStatus::failed);
  EXPECT_TRUE(told_of.at(orphan).error_message.value_or("").contains("removed"));
}

TEST_F(CallbackStoreContract, a_job_that_has_lost_its_worker_too_often_is_told_of) {
  const JobId id = submit(told());
  for (int i = 0; i < 4; ++i) {
    db.clock.advance(60s);
    claim(1).at(0);
    EXPECT_TRUE(due().empty());
    ok(db.jobs.rescue(worker, WorkerEnd::fell_silent));
  }
  EXPECT_EQ(get(id).status, JobStatus::failed);
  const auto one = due();
  ASSERT_EQ(one.size(), 1u);
  EXPECT_EQ(one[0].error_message, get(id).error_message);
}

TEST_F(CallbackStoreContract, jobs_that_go_on_or_name_nobody_are_not_told_of) {
  finish(success(running()));
  finish(failure_for_now(running(told()), 10s));
  finish(give_back(running(told())));
  EXPECT_TRUE(due().empty());
}

TEST_F(CallbackStoreContract, each_origin_has_a_line_of_its_own) {
  const JobId here = submit(told());
  const JobId there = submit(told("http://127.0.0.1:8080/x"));
  ok(db.jobs.cancel(here));
  ok(db.jobs.cancel(there));
  EXPECT_EQ(ok(db.callbacks.claim("http://127.0.0.1:8080", 10)).at(0).job, there);
  EXPECT_EQ(due().at(0).job, here);
  EXPECT_TRUE(ok(db.callbacks.claim("http://127.0.0.1", 10)).empty());
}

TEST_F(CallbackStoreContract, deliveries_are_given_oldest_first_and_each_to_one_caller) {
  std::vector<JobId> ids;
  for (int i = 0; i < 5; ++i) {
    ids.push_back(submit(told()));
    ok(db.jobs.cancel(ids.back()));
    db.clock.advance(1ms);
  }
  std::vector<boost::asio::awaitable<Result<std::vector<DueCallback>>>> claims;
  for (int i = 0; i < 3; ++i) claims.push_back(db.callbacks.claim(origin, 2));
  std::vector<JobId> given;
  for (auto& claim : run_all(std::move(claims)))
    for (const DueCallback& one : ok(std::move(claim))) given.push_back(one.job);
  // One that two callers reach for at once may be passed over by both that time.
  for (const DueCallback& one : due()) given.push_back(one.job);
  std::ranges::sort(given);
  EXPECT_EQ(given, ids);
  EXPECT_TRUE(due().empty());
}

TEST_F(CallbackStoreContract, a_try_that_was_lost_with_its_process_is_made_again_after_its_lease) {
  ok(db.jobs.cancel(submit(told())));
  const DueCallback first = due().at(0);
  db.clock.advance(callback_lease - 1ms);
  EXPECT_TRUE(due().empty());
  db.clock.advance(1ms);
  const DueCallback second = due().at(0);
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(second.number, 2);
  ok(db.callbacks.record(taken(first)));
  EXPECT_EQ(deliveries(first.job).at(0).state, CallbackState::waiting) << "another try has begun since";
  ok(db.callbacks.record(taken(second)));
  EXPECT_EQ(deliveries(first.job).at(0).state, CallbackState::delivered);
}

TEST_F(CallbackStoreContract, what_was_not_taken_waits_for_its_time) {
  const JobId id = submit(told());
  ok(db.jobs.cancel(id));
  db.clock.advance(3s);
  ok(db.callbacks.record(refused(due().at(0), 7s)));
  const CallbackDelivery shown = deliveries(id).at(0);
  EXPECT_EQ(shown.state, CallbackState::waiting);
  EXPECT_EQ(shown.status, JobStatus::cancelled);
  EXPECT_EQ(shown.ended_at, start);
  EXPECT_EQ(shown.tries, 1);
  EXPECT_EQ(shown.tried_at, start + 3s);
  EXPECT_EQ(shown.next_try_at, start + 10s);
  EXPECT_EQ(shown.answer_status, 503);
  EXPECT_EQ(shown.reason, "it answered 503");
  db.clock.advance(7s - 1ms);
  EXPECT_TRUE(due().empty());
  db.clock.advance(1ms);
  EXPECT_EQ(due().at(0).number, 2);
}

TEST_F(CallbackStoreContract, what_waits_is_counted_until_it_is_settled) {
  EXPECT_EQ(ok(db.callbacks.waiting()), 0);
  for (const auto* url : {"https://hooks.example.org/x", "http://127.0.0.1:8080/x"}) ok(db.jobs.cancel(submit(told(url))));
  submit(told());
  EXPECT_EQ(ok(db.callbacks.waiting()), 2);
  const DueCallback one = due().at(0);
  EXPECT_EQ(ok(db.callbacks.waiting()), 2) << "a try goes on";
  ok(db.callbacks.record(taken(one)));
  EXPECT_EQ(ok(db.callbacks.waiting()), 1);
}

TEST_F(CallbackStoreContract, what_was_settled_is_never_due_again) {
  for (const CallbackState state : {CallbackState::delivered, CallbackState::given_up}) {
    const JobId id = submit(told());
    ok(db.jobs.cancel(id));
    CallbackTry tried = taken(due().at(0));
    tried.state = state;
    ok(db.callbacks.record(tried));
    db.clock.advance(1000s);
    EXPECT_TRUE(due().empty());
    EXPECT_EQ(deliveries(id).at(0).state, state);
    EXPECT_EQ(deliveries(id).at(0).next_try_at, std::nullopt);
    tried.state = CallbackState::waiting;
    ok(db.callbacks.record(tried));
    EXPECT_EQ(deliveries(id).at(0).state, state);
  }
}

TEST_F(CallbackStoreContract, each_end_of_a_retried_job_is_told_with_what_it_was) {
  const ClaimedJob first = running(told());
  finish(failure_for_good(first));
  ok(db.jobs.retry(first.id));
  finish(success(claim(1).at(0)));
  const auto both = due();
  ASSERT_EQ(both.size(), 2u);
  EXPECT_EQ(both[0].status, JobStatus::failed);
  EXPECT_EQ(both[0].error_message, "it took longer than 60 s");
  EXPECT_EQ(both[1].status, JobStatus::completed);
  EXPECT_NE(both[0].id, both[1].id);
  EXPECT_EQ(deliveries(first.id).size(), 2u);
}

TEST_F(CallbackStoreContract, deliveries_go_with_their_job) {
  const JobId erased = submit(told());
  ok(db.jobs.cancel(erased));
  const JobId pruned = submit(told());
  ok(db.jobs.cancel(pruned));
  const DueCallback late = due(1).at(0);
  ok(db.jobs.erase(erased));
  db.clock.advance(1s);
  ok(db.retention.prune_jobs(db.clock.now(), 10));
  EXPECT_TRUE(due().empty());
  EXPECT_TRUE(deliveries(erased).empty());
  EXPECT_TRUE(deliveries(pruned).empty());
  ok(db.callbacks.record(taken(late)));
  EXPECT_TRUE(deliveries(late.job).empty());
}

TEST_F(CallbackStoreContract, the_end_of_a_removed_users_job_is_told_under_its_number) {
  const JobId id = submit(told());
  ok(db.users.erase(user.id));
  EXPECT_EQ(end_orphans(), std::vector{id});
  EXPECT_EQ(due().at(0).status, JobStatus::cancelled);
}

}  // namespace orc
