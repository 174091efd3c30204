#include "tests/contract/job_store_suite.h"

namespace orc {

using std::chrono_literals::operator""s;

TEST_F(JobStoreContract, an_unknown_job_is_not_found) {
  EXPECT_EQ(code_of(db.reader.get(JobId{999'999})), ErrorCode::not_found);
  EXPECT_TRUE(ok(db.reader.attempts(JobId{999'999})).empty());
}

TEST_F(JobStoreContract, an_empty_store_has_empty_lists) {
  const JobPage page = ok(db.reader.list({}, {}));
  EXPECT_EQ(page.total, 0);
  EXPECT_TRUE(page.items.empty());
  EXPECT_EQ(ok(db.reader.counts({})), JobCounts{});
  EXPECT_EQ(ok(db.reader.counts(UserId{999'999})), JobCounts{});
  EXPECT_EQ(ok(db.reader.dead_letters({})).total, 0);
}

TEST_F(JobStoreContract, the_runs_of_a_worker_are_what_is_processing_in_its_name) {
  EXPECT_TRUE(ok(db.reader.runs_of(worker)).empty());
  const JobId id = job_in(JobStatus::processing);
  job_in(JobStatus::completed);
  const std::vector<RunName> runs = ok(db.reader.runs_of(worker));
  ASSERT_EQ(runs.size(), 1u);
  EXPECT_EQ(runs[0].job, id);
  EXPECT_EQ(code_of(db.jobs.finish({.id = id, .fence = Fence{std::to_underlying(runs[0].fence) - 1}, .trigger = JobTrigger::given_back})),
            ErrorCode::conflict);
  ok(db.jobs.finish({.id = id, .fence = runs[0].fence, .trigger = JobTrigger::given_back, .outcome = AttemptOutcome::given_back}));
  EXPECT_TRUE(ok(db.reader.runs_of(worker)).empty());
  EXPECT_TRUE(ok(db.reader.runs_of(WorkerId{999'999})).empty());
}

TEST_F(JobStoreContract, a_list_item_is_the_whole_job) {
  const JobId id = job_in(JobStatus::completed);
  const JobPage page = ok(db.reader.list({}, {}));
  ASSERT_EQ(page.items.size(), 1u);
  const Job one = get(id);
  const Job& item = page.items[0];
  EXPECT_EQ(item.id, one.id);
  EXPECT_EQ(item.status, one.status);
  EXPECT_EQ(item.input, one.input);
  EXPECT_EQ(item.result, one.result);
  EXPECT_EQ(item.owner, one.owner);
  EXPECT_EQ(item.plugin_name, one.plugin_name);
  EXPECT_EQ(item.plugin_version, one.plugin_version);
  EXPECT_EQ(item.completed_at, one.completed_at);
  EXPECT_EQ(item.labels, one.labels);
}

TEST_F(JobStoreContract, a_plugin_name_matches_exactly) {
  const Plugin longer = add_plugin("echo-two");
  submit_all({job(), job(), job_for(longer)});
  const std::pair<const char*, std::int64_t> cases[] = {{"echo", 2}, {"echo-two", 1}, {"ech", 0}, {"Echo", 0}, {"%", 0}, {"", 0}};
  for (const auto& [name, total] : cases) EXPECT_EQ(ok(db.reader.list({.plugin_name = name}, {})).total, total) << name;
}

TEST_F(JobStoreContract, a_list_is_paged_from_the_newest_on) {
  const auto ids = submit_all(std::vector<NewJob>(25, job()));
  const std::tuple<int, int, int> cases[] = {{0, 10, 10}, {10, 10, 10}, {20, 10, 5}, {25, 10, 0}, {1000, 10, 0}, {0, 0, 0}, {0, 1000, 25}};
  for (const auto& [skip, limit, count] : cases) {
    const JobPage page = ok(db.reader.list({}, {.skip = skip, .limit = limit}));
    EXPECT_EQ(page.total, 25);
    ASSERT_EQ(std::ssize(page.items), count) << "skip " << skip << ", limit " << limit;
    for (int i = 0; i < count; ++i) EXPECT_EQ(page.items[static_cast<std::size_t>(i)].id, ids[static_cast<std::size_t>(24 - skip - i)]);
  }
}

TEST_F(JobStoreContract, dead_letters_are_paged_from_the_newest_on) {
  const auto ids = submit_all(std::vector<NewJob>(6, job()));
  auto claimed = claim(6);
  for (const std::size_t i : {2, 0, 5, 1, 4, 3}) {  // the order of their deaths
    finish(failure_for_good(claimed[i]));
    db.clock.advance(1s);
  }
  const DeadLetterPage page = ok(db.reader.dead_letters({.skip = 1, .limit = 3}));
  EXPECT_EQ(page.total, 6);
  ASSERT_EQ(page.items.size(), 3u);
  EXPECT_EQ(page.items[0].job, ids[4]);
  EXPECT_EQ(page.items[1].job, ids[1]);
  EXPECT_EQ(page.items[2].job, ids[5]);
}

TEST_F(JobStoreContract, the_oldest_wait_is_that_of_a_due_job) {
  EXPECT_FALSE(ok(db.reader.oldest_wait()));
  submit(job_due_at(start + 60s));
  EXPECT_FALSE(ok(db.reader.oldest_wait())) << "a delayed job does not wait yet";
  const JobId first = submit(job());
  db.clock.advance(5s);
  submit(job());
  EXPECT_EQ(ok(db.reader.oldest_wait()), 5s);
  EXPECT_EQ(ids_of(claim(1)), std::vector{first});
  db.clock.advance(2s);
  EXPECT_EQ(ok(db.reader.oldest_wait()), 2s);
  claim(1);
  EXPECT_FALSE(ok(db.reader.oldest_wait()));
  db.clock.advance(60s);
  EXPECT_EQ(ok(db.reader.oldest_wait()), 7s) << "a delayed job waits from its time on";
}

TEST_F(JobStoreContract, a_reader_sees_what_was_committed_before_its_call) {
  for (int i = 1; i <= 50; ++i) {
    const JobId id = submit(job());
    EXPECT_EQ(get(id).id, id);
    EXPECT_EQ(ok(db.reader.list({}, {.limit = 1})).items.at(0).id, id);
    EXPECT_EQ(count_of(JobStatus::queued), i);
  }
}

}  // namespace orc
