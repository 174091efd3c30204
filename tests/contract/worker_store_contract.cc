#include <map>

#include "tests/contract/store_fixture.h"

namespace orc {

// What every WorkerStore must do. The fixture has one worker, "host:1".
class WorkerStoreContract : public StoreContract {};

using std::chrono_literals::operator""s;

TEST_F(WorkerStoreContract, workers_are_listed_by_rising_id_as_they_were_given) {
  db.clock.advance(5s);
  const Equipment equipment{.runtimes = {Runtime::folder, Runtime::image},
                            .cpus = 2.5,
                            .memory_mb = 24'000,
                            .gpus = 2,
                            .custom = {{"licence", 3}},
                            .labels = {{"zone", "a"}, {"disk", "ssd"}},
                            .warm_requests = 512,
                            .host = "0f0e",
                            .host_memory_mb = 25'000,
                            .release = "0.1.0",
                            .network = NetworkAccess::host,
                            .images = ImageTerms{.isolation = Isolation::container, .network = NetworkAccess::host, .warm = true}};
  const WorkerId second = ok(db.workers.add(
      {.name = "host:2", .isolation = Isolation::container, .slots = 16, .home = WorkerHome::elsewhere, .equipment = equipment}));
  const auto workers = ok(db.workers.list());
  ASSERT_EQ(workers.size(), 2u);
  EXPECT_EQ(workers[0].id, worker);
  EXPECT_EQ(workers[0].name, "host:1");
  EXPECT_EQ(workers[0].isolation, Isolation::strict);
  EXPECT_EQ(workers[0].slots, worker_slots);
  EXPECT_EQ(workers[0].home, WorkerHome::this_process);
  EXPECT_EQ(workers[0].started_at, start);
  EXPECT_EQ(workers[0].equipment, Equipment{});
  EXPECT_EQ(workers[1].id, second);
  EXPECT_EQ(workers[1].isolation, Isolation::container);
  EXPECT_EQ(workers[1].slots, 16);
  EXPECT_EQ(workers[1].home, WorkerHome::elsewhere);
  EXPECT_EQ(workers[1].started_at, start + 5s);
  EXPECT_EQ(workers[1].equipment, equipment);
}

TEST_F(WorkerStoreContract, a_worker_says_of_which_data_directory_it_is) {
  ok(db.workers.add({.name = "host:2", .instance = "0a1b"}));
  const auto workers = ok(db.workers.list());
  ASSERT_EQ(workers.size(), 2u);
  EXPECT_EQ(workers[0].instance, "");
  EXPECT_EQ(workers[1].instance, "0a1b");
}

TEST_F(WorkerStoreContract, a_beat_rises_for_its_worker_only) {
  ok(db.workers.add({.name = "host:2"}));
  const auto before = ok(db.workers.list());
  ok(db.workers.beat(worker));
  const auto once = ok(db.workers.list());
  ok(db.workers.beat(worker));
  const auto twice = ok(db.workers.list());
  EXPECT_LT(before[0].beat, once[0].beat);
  EXPECT_LT(once[0].beat, twice[0].beat);
  EXPECT_EQ(before[1].beat, twice[1].beat);
}

TEST_F(WorkerStoreContract, a_worker_that_drains_is_given_nothing_more_until_it_is_opened_again) {
  const WorkerId other = ok(db.workers.add({.name = "host:2"}));
  const ClaimedJob held = running();
  const auto ids = submit_all({job(), job()});
  EXPECT_EQ(ok(db.workers.list()).at(0).intake, WorkerIntake::open);
  ok(db.workers.set_intake(worker, WorkerIntake::draining));
  EXPECT_EQ(ok(db.workers.list()).at(0).intake, WorkerIntake::draining);
  EXPECT_EQ(ok(db.workers.list()).at(1).intake, WorkerIntake::open);
  EXPECT_TRUE(claim(10).empty());
  EXPECT_EQ(ids_of(ok(db.jobs.claim(other, 1)).jobs), std::vector{ids[0]});
  ok(db.workers.beat(worker));
  EXPECT_EQ(finish(success(held)), JobStatus::completed);
  ok(db.workers.set_intake(worker, WorkerIntake::open));
  EXPECT_EQ(ids_of(claim(10)), std::vector{ids[1]});
}

TEST_F(WorkerStoreContract, a_claim_of_a_draining_worker_still_says_when_work_is_due) {
  ok(db.workers.set_intake(worker, WorkerIntake::draining));
  NewJob later = job();
  later.run_at = start + 60s;
  submit(std::move(later));
  EXPECT_EQ(ok(db.jobs.claim(worker, 1)).next_due, start + 60s);
}

TEST_F(WorkerStoreContract, a_worker_that_is_gone_cannot_be_drained) {
  EXPECT_EQ(code_of(db.workers.set_intake(WorkerId{999'999}, WorkerIntake::draining)), ErrorCode::not_found);
}

TEST_F(WorkerStoreContract, what_each_worker_runs_is_counted) {
  const auto runs = [&] {
    std::map<WorkerId, std::int64_t> counts;
    for (const WorkerLoad& load : ok(db.reader.worker_loads())) counts[load.worker] = load.runs;
    return counts;
  };
  EXPECT_TRUE(runs().empty());
  const WorkerId other = ok(db.workers.add({.name = "host:2"}));
  submit_all({job(), job(), job()});
  const auto held = claim(2);
  ok(db.jobs.claim(other, 1));
  EXPECT_EQ(runs(), (std::map<WorkerId, std::int64_t>{{worker, 2}, {other, 1}}));
  finish(success(held[0]));
  EXPECT_EQ(runs(), (std::map<WorkerId, std::int64_t>{{worker, 1}, {other, 1}}));
}

TEST_F(WorkerStoreContract, a_removed_worker_learns_of_it_by_its_beat) {
  ok(db.workers.remove(worker));
  EXPECT_EQ(code_of(db.workers.beat(worker)), ErrorCode::not_found);
  EXPECT_TRUE(ok(db.workers.list()).empty());
}

TEST_F(WorkerStoreContract, removing_a_worker_that_is_gone_is_no_error) {
  ok(db.workers.remove(worker));
  ok(db.workers.remove(worker));
  ok(db.workers.remove(WorkerId{999'999}));
}

TEST_F(WorkerStoreContract, a_worker_that_holds_jobs_stays_so_that_somebody_rescues_them) {
  const ClaimedJob held = running();
  ok(db.workers.remove(worker));
  ok(db.workers.beat(worker));
  EXPECT_EQ(ok(db.jobs.rescue(worker, WorkerEnd::fell_silent)).requeued, std::vector{held.id});
  ok(db.workers.remove(worker));
  EXPECT_EQ(code_of(db.workers.beat(worker)), ErrorCode::not_found);
}

TEST_F(WorkerStoreContract, the_id_of_a_removed_worker_is_not_given_again) {
  ok(db.workers.remove(worker));
  EXPECT_GT(ok(db.workers.add({.name = "host:1"})), worker) << "a paused worker must not beat for another";
}

TEST_F(WorkerStoreContract, two_workers_may_have_one_name) {
  const WorkerId second = ok(db.workers.add({.name = "host:1"}));
  EXPECT_NE(second, worker);
  EXPECT_EQ(ok(db.workers.list()).size(), 2u);
}

}  // namespace orc
