#include "application/job/work_desk.h"

#include <gtest/gtest.h>

#include "application/duties/rescue_lost_workers.h"
#include "tests/fakes/fake_world.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

struct WorkDeskTest : testing::Test {
  FakeWorld world;
  WorkDesk& desk = world.desk;

  JobId submitted() { return world.submit(world.job_of(world.bob)); }
  Async<std::vector<Assignment>> claim(int count = 1, std::chrono::seconds patience = 0s) {
    return desk.claim(world.worker, count, world.clock.steady_now() + patience, {});
  }
  Assignment assigned() {
    submitted();
    return world.assigned();
  }
  static PluginOutcome success() { return {.how = AttemptOutcome::succeeded, .output = "{}"}; }
  void beat(std::vector<RunName> held) { ok(desk.beat(world.worker, std::move(held))); }
};

TEST_F(WorkDeskTest, an_assignment_says_everything_that_its_worker_needs) {
  NewJob given = world.job_of(world.bob);
  given.input = {.text = {}, .blob = ok(world.blobs.put("{}"))};
  given.timeout = 7s;
  const JobId id = world.submit(given);
  const Assignment job = world.assigned();
  EXPECT_EQ(job.run.job, id);
  EXPECT_EQ(job.attempt, 1);
  EXPECT_EQ(job.owner, world.bob.id);
  EXPECT_EQ(job.version.id, world.echo.current.id);
  EXPECT_EQ(job.input, given.input);
  EXPECT_EQ(job.timeout, 7s);
}

TEST_F(WorkDeskTest, an_input_too_long_for_a_row_goes_to_the_worker_as_a_blob_though_an_older_service_put_it_there) {
  const std::string text = "\"" + std::string(Payload::inline_bytes_max, 'x') + "\"";
  NewJob given = world.job_of(world.bob);
  given.input = {.text = text, .blob = {}};
  world.submit(given);
  const Payload input = world.assigned().input;
  ASSERT_TRUE(input.blob);
  EXPECT_EQ(input.text, "");
  EXPECT_EQ(ok(world.blobs.get(*input.blob)), text);
}

TEST_F(WorkDeskTest, an_input_that_cannot_become_a_blob_just_now_goes_back_with_its_job) {
  NewJob given = world.job_of(world.bob);
  given.input = {.text = "\"" + std::string(Payload::inline_bytes_max, 'x') + "\"", .blob = {}};
  const JobId id = world.submit(given);
  world.state.faults.blobs_fail = true;
  EXPECT_EQ(error_of(claim(1, 20s)).code, ErrorCode::unavailable);
  EXPECT_EQ(world.job(id).status, JobStatus::queued);
  EXPECT_EQ(world.job(id).attempts, 0);
  world.state.faults.blobs_fail = false;
  EXPECT_EQ(world.assigned().run.job, id);
}

TEST_F(WorkDeskTest, one_claim_gives_a_thousand_at_most) {
  const WorkerId big = ok(world.workers.add({.name = "big", .slots = 2'000}));
  for (int i = 0; i < 1'001; ++i) submitted();
  const auto claim_all = [&] { return ok(desk.claim(big, 2'000, world.clock.steady_now(), {})).size(); };
  EXPECT_EQ(claim_all(), 1'000u);
  EXPECT_EQ(claim_all(), 1u);
}

TEST_F(WorkDeskTest, a_claim_waits_for_work_as_long_as_it_may) {
  EXPECT_TRUE(ok(claim(1, 20s)).empty());
  EXPECT_EQ(world.clock.now(), FakeClock::start + 20s);
}

TEST_F(WorkDeskTest, a_claim_that_waits_gets_the_job_that_comes) {
  world.state.faults = {};
  NewJob later = world.job_of(world.bob);
  later.run_at = world.clock.now() + 1500ms;
  world.submit(later);
  EXPECT_EQ(ok(claim(1, 20s)).size(), 1u);
  EXPECT_EQ(world.clock.now(), FakeClock::start + 1500ms);
}

TEST_F(WorkDeskTest, a_claim_that_is_stopped_ends_at_once) {
  std::stop_source stop;
  world.signals.while_waiting = [&] { stop.request_stop(); };
  EXPECT_TRUE(ok(desk.claim(world.worker, 1, world.clock.steady_now() + 20s, stop.get_token())).empty());
  EXPECT_EQ(world.clock.now(), FakeClock::start);
}

TEST_F(WorkDeskTest, a_claim_that_is_stopped_wins_nothing_any_more) {
  NewJob later = world.job_of(world.bob);
  later.run_at = world.clock.now() + 1s;
  const JobId id = world.submit(later);
  std::stop_source stop;
  world.signals.while_waiting = [&] {
    world.clock.advance(2s);
    stop.request_stop();
  };
  EXPECT_TRUE(ok(desk.claim(world.worker, 1, world.clock.steady_now() + 20s, stop.get_token())).empty());
  EXPECT_EQ(world.job(id).status, JobStatus::queued);
}

// Two processes serve one store: the claim waits at one, the worker signs off at the other.
TEST_F(WorkDeskTest, a_worker_that_signs_off_wins_nothing_any_more_and_leaves_nothing_behind) {
  WorkDesk there{{.store = world.jobs,
                  .reader = world.job_reader,
                  .workers = world.workers,
                  .plugins = world.plugin_reader,
                  .schemas = world.schemas,
                  .signals = world.signals,
                  .random = world.random,
                  .clock = world.clock},
                 world.payloads,
                 1};
  const Assignment held = assigned();
  using Runs = std::vector<Assignment>;
  const auto sign_off = [&]() -> Async<Runs> {
    auto done = co_await desk.sign_off(world.worker);
    if (!done) co_return pass_on(done);
    co_return Runs{};
  };
  std::vector<Async<Runs>> both;
  both.push_back(there.claim(world.worker, 1, world.clock.steady_now() + 20s, {}));
  both.push_back(sign_off());
  for (const auto& runs : run_all(std::move(both))) EXPECT_TRUE(!runs || runs->empty());
  EXPECT_EQ(world.job(held.run.job).status, JobStatus::queued) << "what it held goes back at once";
  EXPECT_EQ(world.job(held.run.job).attempts, 0);
  EXPECT_TRUE(world.state.workers.empty());
}

TEST_F(WorkDeskTest, a_job_that_waited_too_long_in_the_queue_is_not_begun) {
  PluginSpec urgent = FakeWorld::folder_spec();
  urgent.limits.queue = 30s;
  const Plugin plugin = world.add_plugin("urgent", urgent);
  NewJob job = world.job_of(world.bob);
  job.plugin = plugin.id;
  job.version = plugin.current.id;
  job.run_at = world.clock.now() + 60s;
  const JobId in_time = world.submit(job);
  job.run_at.reset();
  const JobId late = world.submit(job);
  world.clock.advance(90s);
  const auto given = ok(claim(2));
  ASSERT_EQ(given.size(), 1u);
  EXPECT_EQ(given[0].run.job, in_time) << "what was wanted later waits from then";
  EXPECT_EQ(world.job(late).status, JobStatus::failed);
  EXPECT_EQ(world.job(late).error_message, "it waited 90 s to be run, longer than limits.queue_seconds 30");
}

// Two jobs for a host that has room for one of them, which it runs.
struct FullHost : WorkDeskTest {
  FullHost() {
    PluginSpec big = FakeWorld::folder_spec();
    big.resources.memory_mb = 8'000;
    const Plugin plugin = world.add_plugin("big", big);
    for (int i = 0; i < 2; ++i) {
      NewJob job = world.job_of(world.bob);
      job.plugin = plugin.id;
      job.version = plugin.current.id;
      world.submit(job);
    }
    first = claims(0s).at(0).run;
  }

  std::vector<Assignment> claims(std::chrono::seconds patience) {
    return ok(desk.claim(host, 16, world.clock.steady_now() + patience, {}));
  }

  WorkerId host = ok(world.workers.add({.name = "host:2", .slots = 16, .equipment = {.memory_mb = 12'000}}));
  RunName first;
};

TEST_F(FullHost, a_claim_that_waits_for_room_gets_it_when_a_run_of_its_worker_ends) {
  world.signals.while_waiting = [&, ended = false]() mutable {
    if (std::exchange(ended, true)) return;
    const int before = world.signals.work_arrivals;
    submitted();
    ok(desk.finish(world.worker, world.assigned().run, success()));
    EXPECT_EQ(world.signals.work_arrivals, before) << "room of another worker";
    ok(desk.finish(host, first, success()));
    EXPECT_GT(world.signals.work_arrivals, before);
  };
  EXPECT_EQ(claims(20s).size(), 1u);
  EXPECT_EQ(world.clock.now(), FakeClock::start);
}

TEST_F(FullHost, so_does_one_that_waits_while_the_run_is_taken_away) {
  world.signals.while_waiting = [&, ended = false]() mutable {
    if (std::exchange(ended, true)) return;
    ok(world.jobs.cancel(first.job));
    EXPECT_EQ(code_of(desk.finish(host, first, success())), ErrorCode::conflict);
  };
  EXPECT_EQ(claims(20s).size(), 1u);
  EXPECT_EQ(world.clock.now(), FakeClock::start);
}

TEST_F(FullHost, a_later_claim_waits_for_a_hint_and_asks_again_within_a_second_without_one) {
  ok(world.jobs.cancel(first.job));
  EXPECT_EQ(claims(20s).size(), 1u) << "the room came from a run that ended elsewhere";
  EXPECT_EQ(world.clock.now(), FakeClock::start + 1s);
}

TEST_F(FullHost, a_later_claim_comes_at_once_if_a_run_has_ended_meanwhile) {
  ok(desk.finish(host, first, success()));
  EXPECT_EQ(claims(20s).size(), 1u);
  EXPECT_EQ(world.clock.now(), FakeClock::start);
}

// Both then go into one transaction, of which a run of a runner costs one instead of two.
TEST_F(FullHost, a_later_claim_asks_at_once_while_the_end_of_a_run_is_being_stored) {
  std::optional<int> waits_before_it_asked;
  world.state.when_change_begins = [&, ends = 0]() mutable {
    if (ends++ > 0) {
      if (!waits_before_it_asked) waits_before_it_asked = world.signals.waits;
      return;
    }
    world.signals.waits = 0;
    claims(1s);
  };
  ok(desk.finish(host, first, success()));
  EXPECT_EQ(waits_before_it_asked, 0);
}

TEST_F(FullHost, a_later_claim_hears_of_a_job_that_fits) {
  const JobId small = submitted();
  world.signals.work_arrived();
  const auto given = claims(20s);
  ASSERT_EQ(given.size(), 1u);
  EXPECT_EQ(given[0].run.job, small);
  EXPECT_EQ(world.clock.now(), FakeClock::start);
}

TEST_F(WorkDeskTest, a_worker_that_was_removed_gets_nothing) {
  submitted();
  ok(world.workers.remove(world.worker));
  EXPECT_EQ(code_of(claim()), ErrorCode::not_found);
}

// A reader to which every plugin was removed a moment ago: after the claim, that is.
class RemovedPlugins final : public PluginReader {
 public:
  explicit RemovedPlugins(PluginReader& all) : all_(all) {}
  Async<Plugin> by_name(std::string_view) override { co_return fail(ErrorCode::not_found, "Plugin not found"); }
  Async<Plugin> by_id(PluginId) override { co_return fail(ErrorCode::not_found, "Plugin not found"); }
  Async<PluginVersion> version(PluginVersionId id) override { return all_.version(id); }
  Async<std::vector<PluginVersion>> versions(PluginId id) override { return all_.versions(id); }
  Async<PluginPage> list(std::string_view name_part, Page page) override { return all_.list(name_part, page); }

 private:
  PluginReader& all_;
};

TEST_F(WorkDeskTest, a_job_whose_plugin_is_removed_as_it_is_claimed_does_not_start_and_is_no_dead_letter) {
  RemovedPlugins removed(world.plugin_reader);
  WorkDesk late_desk({.store = world.jobs,
                      .reader = world.job_reader,
                      .workers = world.workers,
                      .plugins = removed,
                      .schemas = world.schemas,
                      .signals = world.signals,
                      .random = world.random,
                      .clock = world.clock},
                     world.payloads, 1);
  const JobId id = submitted();
  EXPECT_TRUE(ok(late_desk.claim(world.worker, 1, world.clock.steady_now(), {})).empty());
  EXPECT_EQ(world.job(id).status, JobStatus::failed);
  EXPECT_EQ(world.job(id).error_message, "Plugin echo was removed before this job ran");
  EXPECT_FALSE(world.state.jobs.at(id).dead_letter) << "nothing could run it again";
}

TEST_F(WorkDeskTest, a_run_of_a_job_that_ends_is_called_off_whether_it_is_watched_before_or_after) {
  const Assignment early = assigned();
  const Assignment late = assigned();
  int calls = 0;
  const auto before = desk.watch(early.run, [&] { ++calls; });
  world.signals.job_ended(early.run.job);
  EXPECT_EQ(calls, 1);
  world.signals.job_ended(early.run.job);
  EXPECT_EQ(calls, 1) << "at most once";
  world.signals.job_ended(late.run.job);
  const auto after = desk.watch(late.run, [&] { ++calls; });
  EXPECT_EQ(calls, 2);
}

TEST_F(WorkDeskTest, a_watch_that_is_gone_calls_nobody) {
  const Assignment job = assigned();
  desk.watch(job.run, [] { FAIL(); }).reset();
  world.signals.job_ended(job.run.job);
}

TEST_F(WorkDeskTest, a_beat_calls_off_what_was_lost_without_a_hint) {
  const Assignment job = assigned();
  bool is_stopped = false;
  const auto watch = desk.watch(job.run, [&] { is_stopped = true; });
  beat({job.run});
  EXPECT_FALSE(is_stopped);
  ok(world.jobs.cancel(job.run.job));
  beat({job.run});
  EXPECT_TRUE(is_stopped);
}

TEST_F(WorkDeskTest, a_run_of_another_desk_can_be_watched_here) {
  const Assignment job = assigned();
  WorkDesk other({.store = world.jobs,
                  .reader = world.job_reader,
                  .workers = world.workers,
                  .plugins = world.plugin_reader,
                  .schemas = world.schemas,
                  .signals = world.signals,
                  .random = world.random,
                  .clock = world.clock},
                 world.payloads, 1);
  bool is_stopped = false;
  const auto watch = other.watch(job.run, [&] { is_stopped = true; });
  EXPECT_EQ(ok(other.finish(world.worker, job.run, success())), JobStatus::completed);
  EXPECT_EQ(world.job(job.run.job).attempts, 1);
}

TEST_F(WorkDeskTest, what_never_reached_its_worker_is_queued_again_at_no_cost) {
  const Assignment job = assigned();
  beat({});
  world.clock.advance(run_delivery_max - 1ms);
  beat({});
  EXPECT_EQ(world.job(job.run.job).status, JobStatus::processing);
  world.clock.advance(1ms);
  beat({});
  EXPECT_EQ(world.job(job.run.job).status, JobStatus::queued);
  EXPECT_EQ(world.job(job.run.job).attempts, 0);
}

TEST_F(WorkDeskTest, a_beat_names_its_runs_in_any_order) {
  std::vector<RunName> held;
  for (int i = 0; i < 3; ++i) held.push_back(assigned().run);
  std::ranges::reverse(held);
  beat(held);
  world.clock.advance(run_delivery_max + 1s);
  beat(held);
  for (const RunName run : held) EXPECT_EQ(world.job(run.job).status, JobStatus::processing);
}

TEST_F(WorkDeskTest, what_reached_its_worker_late_stays_with_it) {
  const Assignment job = assigned();
  beat({});
  world.clock.advance(9s);
  beat({job.run});
  world.clock.advance(9s);
  beat({});
  EXPECT_EQ(world.job(job.run.job).status, JobStatus::processing);
}

TEST_F(WorkDeskTest, nobody_ends_the_run_of_another_worker) {
  const Assignment job = assigned();
  const WorkerId other = ok(desk.sign_on({.name = "other"}));
  EXPECT_EQ(code_of(desk.finish(other, job.run, success())), ErrorCode::conflict);
  EXPECT_EQ(world.job(job.run.job).status, JobStatus::processing);
}

TEST_F(WorkDeskTest, the_result_of_a_worker_that_was_taken_for_dead_is_refused) {
  const Assignment job = assigned();
  ok(world.jobs.rescue(world.worker, WorkerEnd::fell_silent));
  EXPECT_EQ(code_of(desk.finish(world.worker, job.run, success())), ErrorCode::conflict);
  EXPECT_EQ(world.job(job.run.job).status, JobStatus::queued);
}

TEST_F(WorkDeskTest, an_end_that_is_handed_in_twice_counts_once) {
  const Assignment job = assigned();
  ok(desk.finish(world.worker, job.run, success()));
  EXPECT_EQ(code_of(desk.finish(world.worker, job.run, success())), ErrorCode::conflict);
  EXPECT_EQ(world.job(job.run.job).status, JobStatus::completed);
}

TEST_F(WorkDeskTest, a_run_whose_files_cannot_be_stored_ends_without_them) {
  const Assignment job = assigned();
  PluginOutcome outcome = success();
  outcome.artifacts = {{.name = "model.bin", .bytes = 2, .hash = ok(world.blobs.put("{}"))}};
  world.state.faults.files_are_refused = true;
  EXPECT_EQ(ok(desk.finish(world.worker, job.run, std::move(outcome))), JobStatus::failed);
  EXPECT_EQ(world.job(job.run.job).error_message, "the end of the attempt could not be stored: these files cannot be stored");
}

TEST_F(WorkDeskTest, a_job_that_is_given_back_wakes_those_who_wait_for_work) {
  const Assignment job = assigned();
  const int before = world.signals.work_arrivals;
  ok(desk.finish(world.worker, job.run, {.how = AttemptOutcome::given_back}));
  EXPECT_EQ(world.signals.work_arrivals, before + 1);
}

}  // namespace
}  // namespace orc
