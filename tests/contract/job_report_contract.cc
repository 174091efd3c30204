#include "tests/contract/job_store_suite.h"

namespace orc {

using std::chrono_literals::operator""ms;

// What a run says while it goes on.
class JobReportContract : public JobStoreContract {
 protected:
  static RunName name_of(const ClaimedJob& claimed) { return {.job = claimed.id, .fence = claimed.fence}; }

  // Lines `first` to `last` of an attempt.
  std::vector<LogLine> lines(int first, int last, const std::string& text = "line ") const {
    std::vector<LogLine> made;
    for (int n = first; n <= last; ++n) made.push_back({.n = n, .t = start, .stream = LogStream::err, .text = text + std::to_string(n)});
    return made;
  }

  Result<void> report(const ClaimedJob& claimed, RunReport told) { return run(db.jobs.report(worker, name_of(claimed), std::move(told))); }
  void tell(const ClaimedJob& claimed, int first, int last) {
    ok(db.jobs.report(worker, name_of(claimed), {.log = lines(first, last), .progress = {}}));
  }

  std::vector<std::string> log_of(JobId id) {
    const LogPage page = ok(db.reader.log(id, 1, 10'000));
    std::vector<std::string> texts;
    for (const LogLine& line : page.lines) {
      EXPECT_EQ(line.n, std::ssize(texts) + 1);
      texts.push_back(line.text);
    }
    EXPECT_EQ(page.total, std::ssize(texts));
    return texts;
  }

  static std::vector<std::string> numbered(int first, int last) {
    std::vector<std::string> texts;
    for (int n = first; n <= last; ++n) texts.push_back("line " + std::to_string(n));
    return texts;
  }
};

TEST_F(JobReportContract, lines_of_a_running_job_are_there_to_be_read) {
  const ClaimedJob claimed = running();
  tell(claimed, 1, 2);
  EXPECT_EQ(log_of(claimed.id), numbered(1, 2));
  tell(claimed, 3, 5);
  EXPECT_EQ(log_of(claimed.id), numbered(1, 5));
  EXPECT_EQ(get(claimed.id).status, JobStatus::processing);
  EXPECT_EQ(count_of(JobStatus::processing), 1);
}

TEST_F(JobReportContract, lines_that_come_twice_are_stored_once) {
  const ClaimedJob claimed = running();
  tell(claimed, 1, 3);
  tell(claimed, 1, 3);
  tell(claimed, 2, 6);
  EXPECT_EQ(log_of(claimed.id), numbered(1, 6));
}

TEST_F(JobReportContract, the_end_adds_what_was_not_reported_yet) {
  const std::pair<int, int> cases[] = {{1, 7}, {3, 7}, {4, 7}, {1, 3}, {8, 7}};
  for (const auto& [first, last] : cases) {
    const ClaimedJob claimed = running();
    tell(claimed, 1, 3);
    AttemptEnd end = success(claimed);
    end.log = lines(first, last);
    EXPECT_EQ(finish(end), JobStatus::completed);
    EXPECT_EQ(log_of(claimed.id), numbered(1, first > last ? 3 : last)) << first << " to " << last;
  }
}

TEST_F(JobReportContract, the_end_of_a_run_that_a_cancel_cut_off_adds_what_was_not_reported_and_adds_it_once) {
  const ClaimedJob claimed = running();
  tell(claimed, 1, 3);
  ok(db.jobs.cancel(claimed.id));
  const Job before = get(claimed.id);
  for (const auto& [first, last] : {std::pair(3, 5), std::pair(3, 5), std::pair(4, 6)}) {
    AttemptEnd end = give_back(claimed);
    end.log = lines(first, last);
    EXPECT_EQ(code_of(db.jobs.finish(end)), ErrorCode::conflict);
    EXPECT_EQ(log_of(claimed.id), numbered(1, last));
  }
  EXPECT_EQ(get(claimed.id).status, JobStatus::cancelled);
  EXPECT_EQ(get(claimed.id).completed_at, before.completed_at);
  EXPECT_EQ(count_of(JobStatus::cancelled), 1);
  EXPECT_EQ(report(claimed, {.log = lines(7, 7), .progress = {}}).error().code, ErrorCode::conflict);

  ok(db.jobs.retry(claimed.id));
  AttemptEnd late = give_back(claimed);
  late.log = lines(1, 9);
  EXPECT_EQ(code_of(db.jobs.finish(late)), ErrorCode::conflict);
  EXPECT_EQ(log_of(claimed.id), numbered(1, 6)) << "it is another run's by now";
  tell(claim(1).at(0), 1, 1);
  EXPECT_EQ(log_of(claimed.id).size(), 7U);
}

TEST_F(JobReportContract, each_attempt_counts_its_lines_anew) {
  const ClaimedJob first = running();
  tell(first, 1, 2);
  AttemptEnd end = failure_for_now(first, 0ms);
  end.log = lines(1, 3);
  finish(end);
  const ClaimedJob second = claim(1).at(0);
  tell(second, 1, 1);
  end = success(second);
  end.log = lines(1, 2);
  finish(end);
  auto expected = numbered(1, 3);
  for (const std::string& text : numbered(1, 2)) expected.push_back(text);
  EXPECT_EQ(log_of(first.id), expected);
}

TEST_F(JobReportContract, a_late_report_is_refused_and_changes_nothing) {
  const ClaimedJob lost = running();
  tell(lost, 1, 1);
  ok(db.jobs.rescue(worker, WorkerEnd::fell_silent));
  const auto late = [&] { return report(lost, {.log = lines(2, 2), .progress = Progress{.fraction = 0.5, .message = {}}}); };
  EXPECT_EQ(late().error().code, ErrorCode::conflict);
  const ClaimedJob again = claim(1).at(0);
  EXPECT_EQ(late().error().code, ErrorCode::conflict);
  EXPECT_EQ(log_of(lost.id), numbered(1, 1));
  EXPECT_FALSE(get(lost.id).progress);
  finish(success(again));
  EXPECT_EQ(report(again, {.log = lines(1, 1), .progress = {}}).error().code, ErrorCode::conflict);
  ok(db.jobs.erase(lost.id));
  EXPECT_EQ(late().error().code, ErrorCode::not_found);
}

TEST_F(JobReportContract, nobody_reports_for_the_run_of_another_worker) {
  const ClaimedJob claimed = running();
  const WorkerId other = ok(db.workers.add({.name = "host:2", .slots = worker_slots}));
  EXPECT_EQ(code_of(db.jobs.report(other, name_of(claimed), {.log = lines(1, 1), .progress = {}})), ErrorCode::conflict);
  EXPECT_TRUE(log_of(claimed.id).empty());
}

TEST_F(JobReportContract, a_report_with_a_gap_is_refused) {
  const ClaimedJob claimed = running();
  EXPECT_EQ(report(claimed, {.log = lines(2, 3), .progress = {}}).error().code, ErrorCode::invalid_argument);
  tell(claimed, 1, 1);
  EXPECT_EQ(report(claimed, {.log = lines(3, 3), .progress = {}}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(log_of(claimed.id), numbered(1, 1));
}

TEST_F(JobReportContract, the_reported_log_of_an_attempt_is_bounded) {
  const ClaimedJob claimed = running();
  const int most = static_cast<int>(reported_lines_max);
  tell(claimed, 1, most);
  EXPECT_EQ(report(claimed, {.log = lines(most + 1, most + 1), .progress = {}}).error().code, ErrorCode::invalid_argument);
  tell(claimed, most, most);  // a repeat is no growth
  EXPECT_EQ(ok(db.reader.log(claimed.id, 1, 1)).total, most);
  finish(success(claimed));

  const ClaimedJob wide = running();
  const std::string half(static_cast<std::size_t>(reported_bytes_max / 2), 'x');
  ok(report(wide, {.log = lines(1, 1, half.substr(10)), .progress = {}}));
  EXPECT_EQ(report(wide, {.log = lines(2, 3, half), .progress = {}}).error().code, ErrorCode::invalid_argument);
  EXPECT_EQ(ok(db.reader.log(wide.id, 1, 1)).total, 1);
  AttemptEnd end = success(wide);
  end.log = lines(2, 2, half);
  EXPECT_EQ(finish(end), JobStatus::completed) << "the end is taken whatever was reported";
}

TEST_F(JobReportContract, progress_stands_in_the_job_until_its_attempt_ends) {
  const ClaimedJob claimed = running();
  EXPECT_FALSE(get(claimed.id).progress);
  ok(report(claimed, {.log = {}, .progress = Progress{.fraction = 0.25, .message = "epoch 1"}}));
  EXPECT_EQ(get(claimed.id).progress, (Progress{.fraction = 0.25, .message = "epoch 1"}));
  ok(report(claimed, {.log = lines(1, 1), .progress = {}}));
  EXPECT_EQ(get(claimed.id).progress, (Progress{.fraction = 0.25, .message = "epoch 1"}));
  ok(report(claimed, {.log = {}, .progress = Progress{.fraction = 0.5, .message = {}}}));
  EXPECT_EQ(ok(db.reader.list({}, {})).items.at(0).progress, (Progress{.fraction = 0.5, .message = {}}));
  finish(success(claimed));
  EXPECT_FALSE(get(claimed.id).progress);
}

TEST_F(JobReportContract, progress_is_gone_however_the_attempt_ends) {
  const std::function<void(const ClaimedJob&)> ends[] = {
      [&](const ClaimedJob& claimed) { finish(failure_for_now(claimed, 0ms)); },
      [&](const ClaimedJob& claimed) { finish(failure_for_good(claimed)); },
      [&](const ClaimedJob& claimed) { finish(give_back(claimed)); },
      [&](const ClaimedJob& claimed) { ok(db.jobs.cancel(claimed.id)); },
      [&](const ClaimedJob&) { ok(db.jobs.rescue(worker, WorkerEnd::fell_silent)); },
  };
  for (const auto& end : ends) {
    const ClaimedJob claimed = running();
    ok(report(claimed, {.log = lines(1, 1), .progress = Progress{.fraction = 1, .message = "done"}}));
    end(claimed);
    EXPECT_FALSE(get(claimed.id).progress);
    ok(db.jobs.erase(claimed.id));
  }
}

TEST_F(JobReportContract, reports_of_one_run_at_once_store_each_line_once) {
  const ClaimedJob claimed = running();
  std::vector<Async<void>> at_once;
  for (int i = 0; i < 10; ++i) at_once.push_back(db.jobs.report(worker, name_of(claimed), {.log = lines(1, 5), .progress = {}}));
  for (const auto& answer : run_all(std::move(at_once))) EXPECT_TRUE(answer.has_value());
  EXPECT_EQ(log_of(claimed.id), numbered(1, 5));
}

}  // namespace orc
