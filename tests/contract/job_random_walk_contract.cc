#include <algorithm>
#include <set>

#include "tests/contract/job_model.h"
#include "tests/contract/job_store_suite.h"
#include "tests/contract/random_seed.h"

namespace orc {

// JobStoreRandomWalk does whatever comes to a job store, in random order, and holds each answer, all lists and all counters against
// JobModel.
class JobStoreRandomWalk : public JobStoreContract {
 protected:
  JobStoreRandomWalk() : random_(seed_) {
    plugins_ = {plugin, add_plugin("other")};
    workers_ = {worker, ok(db.workers.add({.name = "host:2", .slots = worker_slots}))};
  }

  int below(int bound) { return std::uniform_int_distribution<int>(0, bound - 1)(random_); }

  template <typename T>
  const T& one_of(const std::vector<T>& choices) {
    return choices.at(static_cast<std::size_t>(below(static_cast<int>(choices.size()))));
  }

  void step() {
    const int dice = below(100);
    if (dice < 25) return submit_some();
    if (dice < 45) return claim_some();
    if (dice < 70) return finish_one();
    if (dice < 78) return ask_for(JobTrigger::cancel_asked);
    if (dice < 84) return ask_for(JobTrigger::retry_asked);
    if (dice < 88) return erase_one();
    if (dice < 90) return rescue_one();
    if (dice < 96) return report_one();
    const Timestamp before = db.clock.now();
    db.clock.advance(std::chrono::milliseconds{below(1000)});
    model_.time_is(before, db.clock.now());
  }

  void submit_some() {
    std::vector<NewJob> batch;
    for (int i = below(5); i >= 0; --i) {
      NewJob made = job_for(one_of(plugins_));
      const std::vector<std::optional<UserId>> owners = {user.id, user.id, admin.id, std::nullopt};
      made.owner = one_of(owners);
      made.share_key = std::string(1, static_cast<char>('a' + below(4)));
      made.priority = below(3) + 4;
      if (below(4) == 0) made.run_at = db.clock.now() + std::chrono::milliseconds{below(5000) - 1000};
      batch.push_back(std::move(made));
    }
    const auto ids = submit_all(batch);
    for (std::size_t i = 0; i < ids.size(); ++i) model_.submitted(ids[i], batch[i], db.clock.now());
  }

  void claim_some() {
    const int count = below(6) + 1;
    const WorkerId by = one_of(workers_);
    const auto claimed = ok(db.jobs.claim(by, count)).jobs;
    EXPECT_EQ(model_.claimed(claimed, by, count, db.clock.now()), "");
    runs_.insert(runs_.end(), claimed.begin(), claimed.end());
  }

  // Of any run that was ever won, so often a late one.
  void finish_one() {
    if (runs_.empty()) return;
    const ClaimedJob claimed = one_of(runs_);
    AttemptEnd end = one_of(std::vector{success(claimed), failure_for_now(claimed, std::chrono::milliseconds{below(3000)}),
                                        failure_for_good(claimed), withdrawal(claimed), give_back(claimed)});
    end.log = some_log();
    const bool current = model_.may_finish(end);
    const auto answer = run(db.jobs.finish(end));
    EXPECT_EQ(answer.has_value(), current) << "job " << std::to_underlying(end.id);
    current ? model_.finished(end, db.clock.now()) : model_.refused(end);
    if (answer && current) EXPECT_EQ(*answer, model_.rows.at(end.id).status);
  }

  // A report tells a run's log from its beginning, so that parts of it come again and again.
  void report_one() {
    if (runs_.empty()) return;
    const ClaimedJob& claimed = one_of(runs_);
    const WorkerId by = one_of(workers_);
    RunReport report{.log = some_log(), .progress = Progress{.fraction = 0.5, .message = "said"}};
    const RunName name{.job = claimed.id, .fence = claimed.fence};
    const bool current = model_.reported(by, name, std::ssize(report.log));
    EXPECT_EQ(run(db.jobs.report(by, name, std::move(report))).has_value(), current);
  }

  std::vector<LogLine> some_log() {
    std::vector<LogLine> log;
    const int count = below(4);
    for (int n = 1; n <= count; ++n) log.push_back({.n = n, .t = db.clock.now(), .stream = LogStream::err, .text = "said"});
    return log;
  }

  void ask_for(JobTrigger trigger) {
    const JobId id = any_job();
    const bool allowed = model_.asked(id, trigger, db.clock.now());
    EXPECT_EQ(ask(trigger, id).has_value(), allowed) << to_word(trigger) << " of job " << std::to_underlying(id);
  }

  void erase_one() {
    const JobId id = any_job();
    const bool known = model_.rows.erase(id) == 1;
    EXPECT_EQ(run(db.jobs.erase(id)).has_value(), known);
  }

  void rescue_one() {
    const WorkerId dead = one_of(workers_);
    const WorkerEnd end = below(4) == 0 ? WorkerEnd::fell_silent : WorkerEnd::replaced;
    const Rescue expected = model_.rescued(dead, end, db.clock.now());
    Rescue rescue = ok(db.jobs.rescue(dead, end));
    std::ranges::sort(rescue.requeued);
    std::ranges::sort(rescue.failed);
    EXPECT_EQ(rescue.requeued, expected.requeued);
    EXPECT_EQ(rescue.failed, expected.failed);
  }

  // One of the newer ones, mostly known, now and then not.
  JobId any_job() {
    const auto newest = model_.rows.empty() ? 1 : std::to_underlying(model_.rows.rbegin()->first);
    return JobId{std::max<std::int64_t>(1, newest - below(40))};
  }

  void compare_everything() {
    for (const auto& owner : {std::optional<UserId>{}, std::optional(user.id), std::optional(admin.id)}) {
      EXPECT_EQ(ok(db.reader.counts(owner)), model_.counts(owner));
      for (const auto& name : {std::optional<std::string>{}, std::optional<std::string>("other")}) {
        compare_list({.owner = owner, .status = {}, .plugin_name = name});
        for (const JobStatus status : job_statuses) compare_list({.owner = owner, .status = status, .plugin_name = name});
      }
    }
    std::vector<JobId> dead;
    for (const DeadLetter& letter : ok(db.reader.dead_letters({.limit = page_limit_max})).items) dead.push_back(letter.job);
    std::ranges::sort(dead);
    EXPECT_EQ(dead, model_.dead_letters());
    for (const Job& job : ok(db.reader.list({}, {.limit = 20})).items) {
      EXPECT_EQ(job.attempts, model_.rows.at(job.id).attempts);
      if (job.status != JobStatus::processing) EXPECT_FALSE(job.progress);
      EXPECT_EQ(ok(db.reader.log(job.id, 1, 10'000)).total, model_.rows.at(job.id).lines);
    }
  }

  // A random window on it.
  void compare_list(const JobFilter& filter) {
    const auto all = model_.list(filter);
    const int skip = below(static_cast<int>(all.size()) + 3);
    const int limit = below(30);
    const JobPage page = ok(db.reader.list(filter, {.skip = skip, .limit = limit}));
    EXPECT_EQ(page.total, std::ssize(all));
    std::vector<JobId> expected, got;
    for (int i = skip; i < std::min(static_cast<int>(all.size()), skip + limit); ++i) expected.push_back(all[static_cast<std::size_t>(i)]);
    for (const Job& job : page.items) got.push_back(job.id);
    EXPECT_EQ(got, expected);
  }

  const std::uint64_t seed_ = random_seed();
  std::mt19937_64 random_;
  std::vector<Plugin> plugins_;
  std::vector<WorkerId> workers_;
  JobModel model_;
  std::vector<ClaimedJob> runs_;  // ever won
};

TEST_F(JobStoreRandomWalk, agrees_with_the_model_at_every_step) {
  SCOPED_TRACE("replay with ORC_TEST_SEED=" + std::to_string(seed_));
  for (int i = 1; i <= 600 && !HasFailure(); ++i) {
    step();
    if (i % 50 == 0) compare_everything();
  }
}

}  // namespace orc
