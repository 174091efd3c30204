#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <functional>
#include <future>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "adapters/system/asio_wake_ups.h"
#include "adapters/system/in_process_job_signals.h"
#include "adapters/system/system_clock.h"
#include "application/job/work_desk.h"
#include "tests/contract/run_async.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/fake_schema_validator.h"
#include "tests/fakes/memory_stores.h"

namespace orc {

// A thread of its own for coroutines.
class CoroutineThread {
 public:
  CoroutineThread() : work_(io.get_executor()), thread_([this] { io.run(); }) {}
  ~CoroutineThread() { end(); }
  CoroutineThread(const CoroutineThread&) = delete;
  CoroutineThread& operator=(const CoroutineThread&) = delete;

  template <typename T>
  std::future<T> begin(boost::asio::awaitable<T> work) {
    return boost::asio::co_spawn(io, std::move(work), boost::asio::use_future);
  }
  template <typename T>
  T run(boost::asio::awaitable<T> work) {
    return begin(std::move(work)).get();
  }
  // Ends once nothing runs any more.
  void end() {
    work_.reset();
    if (thread_.joinable()) thread_.join();
  }

  boost::asio::io_context io{1};

 private:
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  std::thread thread_;
};

// A desk over stores in memory on a thread of its own, in real time.
class DeskSite {
 public:
  DeskSite() {
    PluginSpec spec;
    spec.command = {"./run"};
    spec.env = {{"MODE", "fast"}};
    echo = ok(thread.run(stores.plugins.add({.name = "echo", .version = "1.0.0", .description = "", .spec = spec})));
  }

  // Runs `work` where the stores may be touched.
  template <typename Work>
  auto within(Work work) -> decltype(work()) {
    auto task = [&]() -> boost::asio::awaitable<decltype(work())> { co_return work(); };
    return thread.run(task());
  }

  JobId submit(Payload input = {.text = "{}", .blob = {}}) {
    NewJob job{
        .owner = {}, .plugin = echo.id, .version = echo.current.id, .plugin_name = "echo", .input = std::move(input), .share_key = "k"};
    const JobId id = ok(thread.run(stores.jobs.submit({std::move(job)}))).front().id;
    signals.work_arrived();
    return id;
  }
  void cancel(JobId id) {
    ok(thread.run(stores.jobs.cancel(id)));
    thread.run([](JobSignals& signals, JobId ended) -> boost::asio::awaitable<bool> {
      signals.job_ended(ended);
      co_return true;
    }(signals, id));
  }
  Job job(JobId id) {
    return within([&] { return stores.state.jobs.at(id).job; });
  }

  CoroutineThread thread;
  MemoryStores stores;
  InProcessJobSignals signals;
  AsioWakeUps wake_ups{thread.io.get_executor()};
  FakeSchemaValidator schemas;
  FakeRandom random;
  SystemClock clock;
  Payloads payloads{stores.blobs};
  WorkDesk desk{{.store = stores.jobs,
                 .reader = stores.job_reader,
                 .workers = stores.workers,
                 .plugins = stores.plugin_reader,
                 .schemas = schemas,
                 .signals = signals,
                 .random = random,
                 .clock = clock},
                payloads,
                0xabcd};
  Plugin echo;
};

// What a test of the contract works with: a source, the thread that may use it, and the desk behind it.
class WorkSourceSite {
 public:
  virtual ~WorkSourceSite() = default;
  virtual WorkSource& source() = 0;
  virtual CoroutineThread& thread() = 0;
  virtual DeskSite& behind() = 0;
};

// What every WorkSource must do. INSTANTIATE_TEST_SUITE_P with functions that make a site.
class WorkSourceContract : public testing::TestWithParam<std::function<std::unique_ptr<WorkSourceSite>()>> {
 protected:
  static constexpr std::chrono::seconds patience{10};  // of the test; nothing should need it

  template <typename T>
  T asked(Async<T> question) {
    return ok(site->thread().run(std::move(question)));
  }
  template <typename T>
  ErrorCode code(Async<T> question) {
    const auto answer = site->thread().run(std::move(question));
    return answer ? throw std::runtime_error("an error was expected") : answer.error().code;
  }
  Async<std::vector<Assignment>> claim(int count = 1, std::chrono::seconds wait = {}) {
    return source.claim(worker, count, std::chrono::steady_clock::now() + wait, stop.get_token());
  }
  Assignment claimed() { return std::move(asked(claim()).at(0)); }

  // A watch, made and dropped on the source's thread, and whether it was called.
  struct Watching {
    std::unique_ptr<WorkSource::Watch> watch;
    std::promise<void> called;
  };
  std::shared_ptr<Watching> watch(RunName run) {
    const auto watching = std::make_shared<Watching>();
    on_thread([&] { watching->watch = source.watch(run, [watching_raw = watching.get()] { watching_raw->called.set_value(); }); });
    return watching;
  }
  void drop(Watching& watching) {
    on_thread([&] { watching.watch.reset(); });
  }
  void on_thread(const std::function<void()>& act) {
    const auto task = [](const std::function<void()>& what) -> boost::asio::awaitable<bool> {
      what();
      co_return true;
    };
    site->thread().run(task(act));
  }
  static bool is_called(Watching& watching) { return watching.called.get_future().wait_for(patience) == std::future_status::ready; }

  static PluginOutcome success(std::string output = "{}") {
    return {.how = AttemptOutcome::succeeded, .output = std::move(output), .exit_code = 0, .isolation = Isolation::container};
  }

  std::unique_ptr<WorkSourceSite> site = GetParam()();
  WorkSource& source = site->source();
  DeskSite& behind = site->behind();
  std::stop_source stop;
  WorkerId worker = asked(source.sign_on({.name = "host:1", .isolation = Isolation::container, .slots = 200}));
};

TEST_P(WorkSourceContract, what_a_worker_has_is_known_as_it_was_said) {
  const Equipment all{.runtimes = {Runtime::folder, Runtime::image},
                      .cpus = 2.5,
                      .memory_mb = 24'000,
                      .gpus = 2,
                      .custom = {{"licence", 3}},
                      .labels = {{"zone", "a"}},
                      .warm_requests = 512,
                      .host = "0f0e",
                      .host_memory_mb = 25'000,
                      .network = NetworkAccess::host,
                      .images = ImageTerms{.isolation = Isolation::container, .network = NetworkAccess::host, .warm = true}};
  Equipment other_images = all;
  other_images.images = ImageTerms{.isolation = Isolation::strict, .network = NetworkAccess::none, .warm = false};
  for (const Equipment& said : {Equipment{}, all, other_images}) {
    const WorkerId other = asked(source.sign_on({.name = "host:2", .slots = 1, .equipment = said}));
    EXPECT_EQ(behind.within([&] { return behind.stores.state.workers.at(other).equipment; }), said);
  }
}

TEST_P(WorkSourceContract, a_worker_is_known_until_it_signs_off) {
  const auto workers = behind.within([&] { return behind.stores.state.workers; });
  ASSERT_EQ(workers.size(), 1u);
  EXPECT_EQ(workers.at(worker).name, "host:1");
  EXPECT_EQ(workers.at(worker).isolation, Isolation::container);
  EXPECT_EQ(workers.at(worker).slots, 200);
  asked(source.beat(worker, {}));
  EXPECT_EQ(behind.within([&] { return behind.stores.state.workers.at(worker).beat; }), 1);
  asked(source.sign_off(worker));
  EXPECT_TRUE(behind.within([&] { return behind.stores.state.workers.empty(); }));
}

TEST_P(WorkSourceContract, a_worker_that_was_taken_for_dead_learns_of_it) {
  behind.within([&] { return behind.stores.state.workers.erase(worker); });
  EXPECT_EQ(code(source.beat(worker, {})), ErrorCode::not_found);
  EXPECT_EQ(code(claim()), ErrorCode::not_found);
}

TEST_P(WorkSourceContract, an_assignment_says_everything_that_its_worker_needs) {
  const std::string text = "{ \"price\" :0.87, \"e\": 1E+2,\"t\":\"\\u00fc ü\" }";
  const JobId id = behind.submit({.text = text, .blob = {}});
  const Assignment run = claimed();
  EXPECT_EQ(run.run.job, id);
  EXPECT_EQ(run.attempt, 1);
  EXPECT_EQ(run.input.text, text);
  EXPECT_EQ(run.version.id, behind.echo.current.id);
  EXPECT_EQ(run.version.name, "echo");
  EXPECT_EQ(run.version.spec.command, behind.echo.current.spec.command);
  EXPECT_EQ(run.version.spec.env, behind.echo.current.spec.env);
  EXPECT_EQ(run.version.spec.limits, behind.echo.current.spec.limits);
  EXPECT_EQ(run.timeout, std::chrono::seconds{60});
  EXPECT_EQ(run.service, 0xabcdu);
}

TEST_P(WorkSourceContract, a_claim_gives_no_more_than_it_was_asked_for) {
  for (int i = 0; i < 5; ++i) behind.submit();
  EXPECT_EQ(asked(claim(3)).size(), 3u);
  EXPECT_EQ(asked(claim(3)).size(), 2u);
  EXPECT_TRUE(asked(claim(3)).empty());
}

TEST_P(WorkSourceContract, a_claim_waits_for_the_job_that_comes) {
  auto waiting = site->thread().begin(claim(1, std::chrono::seconds{20}));
  const JobId id = behind.submit();
  ASSERT_EQ(waiting.wait_for(patience), std::future_status::ready);
  EXPECT_EQ(ok(waiting.get()).at(0).run.job, id);
}

TEST_P(WorkSourceContract, a_claim_that_is_stopped_ends) {
  auto waiting = site->thread().begin(claim(1, std::chrono::seconds{20}));
  on_thread([&] { stop.request_stop(); });
  ASSERT_EQ(waiting.wait_for(patience), std::future_status::ready);
  EXPECT_TRUE(ok(waiting.get()).empty());
}

TEST_P(WorkSourceContract, a_run_of_a_job_that_is_cancelled_is_called_off) {
  behind.submit();
  const RunName run = claimed().run;
  const auto watching = watch(run);
  behind.cancel(run.job);
  EXPECT_TRUE(is_called(*watching));
  drop(*watching);
}

TEST_P(WorkSourceContract, a_run_that_was_called_off_tells_what_it_used_and_said_last) {
  const JobId id = behind.submit();
  const RunName run = claimed().run;
  const auto watching = watch(run);
  behind.cancel(run.job);
  EXPECT_TRUE(is_called(*watching));
  drop(*watching);
  asked(source.beat(worker, {run}));
  PluginOutcome outcome{.how = AttemptOutcome::cancelled};
  outcome.usage = {.cpu = std::chrono::milliseconds{12}, .peak_bytes = 4096, .wall = std::chrono::milliseconds{34}};
  outcome.log = {{.n = 1, .t = timestamp_from_ms(1'000), .stream = LogStream::err, .text = "one"}};
  EXPECT_EQ(code(source.finish(worker, run, outcome)), ErrorCode::conflict);
  EXPECT_EQ(behind.job(id).status, JobStatus::cancelled);
  PluginOutcome again{.how = AttemptOutcome::cancelled, .log = outcome.log};
  again.usage = {.cpu = std::chrono::milliseconds{99}, .peak_bytes = 99, .wall = std::chrono::milliseconds{99}};
  const WorkerId other = asked(source.sign_on({.name = "other"}));
  for (const WorkerId who : {worker, other}) EXPECT_EQ(code(source.finish(who, run, again)), ErrorCode::conflict);
  const MemoryJob row = behind.within([&] { return behind.stores.state.jobs.at(id); });
  ASSERT_EQ(row.attempts.size(), 1u);
  EXPECT_EQ(row.attempts[0].usage, outcome.usage);
  ASSERT_EQ(row.log.size(), 1u);
  EXPECT_EQ(row.log[0].lines, outcome.log);
}

// Its end and the cancellation passed each other. What it printed counts for nothing, be it small or a blob of its own.
TEST_P(WorkSourceContract, a_run_that_ended_just_as_it_was_cancelled_tells_what_it_used) {
  for (const std::size_t letters : {std::size_t{1}, std::size_t{2} << 20}) {
    const JobId id = behind.submit();
    const RunName run = claimed().run;
    const auto watching = watch(run);
    behind.cancel(run.job);
    asked(source.beat(worker, {run}));
    drop(*watching);
    PluginOutcome outcome = success('"' + std::string(letters, 'x') + '"');
    outcome.usage = {.cpu = std::chrono::milliseconds{12}, .peak_bytes = 4096, .wall = std::chrono::milliseconds{34}};
    EXPECT_EQ(code(source.finish(worker, run, outcome)), ErrorCode::conflict);
    EXPECT_EQ(behind.job(id).status, JobStatus::cancelled);
    const MemoryJob row = behind.within([&] { return behind.stores.state.jobs.at(id); });
    EXPECT_FALSE(row.job.result);
    ASSERT_EQ(row.attempts.size(), 1u);
    EXPECT_EQ(row.attempts[0].outcome, AttemptOutcome::cancelled);
    EXPECT_EQ(row.attempts[0].usage, outcome.usage) << letters;
  }
}

TEST_P(WorkSourceContract, a_run_is_called_off_also_if_its_job_was_cancelled_before_anybody_watched) {
  behind.submit();
  const RunName run = claimed().run;
  behind.cancel(run.job);
  const auto watching = watch(run);
  EXPECT_TRUE(is_called(*watching));
  drop(*watching);
}

TEST_P(WorkSourceContract, a_beat_calls_off_what_is_somebody_elses) {
  behind.submit();
  const RunName run = claimed().run;
  const auto watching = watch(run);
  ok(behind.thread.run(behind.stores.jobs.rescue(worker, WorkerEnd::fell_silent)));
  asked(source.beat(worker, {run}));
  EXPECT_TRUE(is_called(*watching));
  drop(*watching);
}

TEST_P(WorkSourceContract, an_end_arrives_whole_and_counts_once) {
  const JobId id = behind.submit();
  const RunName run = claimed().run;
  PluginOutcome outcome = success("{ \"ok\" :1.50 }");
  outcome.log = {{.n = 1, .t = timestamp_from_ms(1'000), .stream = LogStream::err, .text = "one"}};
  outcome.usage = {.cpu = std::chrono::milliseconds{12}, .peak_bytes = 4096};
  EXPECT_EQ(asked(source.finish(worker, run, outcome)), JobStatus::completed);
  EXPECT_EQ(code(source.finish(worker, run, outcome)), ErrorCode::conflict);
  const MemoryJob row = behind.within([&] { return behind.stores.state.jobs.at(id); });
  EXPECT_EQ(row.job.result->text, outcome.output);
  ASSERT_EQ(row.attempts.size(), 1u);
  EXPECT_EQ(row.attempts[0].usage, outcome.usage);
  EXPECT_EQ(row.attempts[0].exit_code, 0);
  EXPECT_EQ(row.attempts[0].isolation, Isolation::container);
  ASSERT_EQ(row.log.size(), 1u);
  EXPECT_EQ(row.log[0].lines, outcome.log);
}

TEST_P(WorkSourceContract, a_report_is_there_before_the_end_and_counts_once) {
  const JobId id = behind.submit();
  const RunName run = claimed().run;
  const auto line = [](std::int64_t n) {
    return LogLine{.n = n, .t = timestamp_from_ms(1'000 * n), .stream = LogStream::err, .text = "line \xC3\xBC " + std::to_string(n)};
  };
  const RunReport first{.log = {line(1), line(2)}, .progress = Progress{.fraction = 0.87, .message = "two of three"}};
  asked(source.report(worker, run, first));
  asked(source.report(worker, run, first));
  asked(source.report(worker, run, {.log = {line(3)}, .progress = {}}));
  EXPECT_EQ(behind.job(id).progress, first.progress);
  EXPECT_EQ(behind.job(id).status, JobStatus::processing);
  PluginOutcome outcome = success();
  outcome.log = {line(3), line(4)};
  EXPECT_EQ(asked(source.finish(worker, run, outcome)), JobStatus::completed);
  std::vector<LogLine> log;
  for (const auto& chunk : behind.within([&] { return behind.stores.state.jobs.at(id).log; }))
    log.insert(log.end(), chunk.lines.begin(), chunk.lines.end());
  EXPECT_EQ(log, (std::vector{line(1), line(2), line(3), line(4)}));
  EXPECT_FALSE(behind.job(id).progress);
  EXPECT_EQ(code(source.report(worker, run, first)), ErrorCode::conflict);
}

TEST_P(WorkSourceContract, a_report_that_does_not_follow_the_last_one_is_refused) {
  behind.submit();
  const RunName run = claimed().run;
  EXPECT_EQ(code(source.report(worker, run, {.log = {{.n = 2, .text = "two"}}, .progress = {}})), ErrorCode::invalid_argument);
}

TEST_P(WorkSourceContract, a_report_that_cannot_be_stored_now_may_come_again) {
  behind.submit();
  const RunName run = claimed().run;
  behind.within([&] { return behind.stores.state.faults.changes_fail = true; });
  const RunReport report{.log = {{.n = 1, .text = "one"}}, .progress = {}};
  EXPECT_EQ(code(source.report(worker, run, report)), ErrorCode::unavailable);
  behind.within([&] { return behind.stores.state.faults.changes_fail = false; });
  asked(source.report(worker, run, report));
}

TEST_P(WorkSourceContract, outputs_of_any_size_and_bytes_arrive) {
  const std::string outputs[] = {"{" + std::string(200'000, ' ') + "}", "{\"\xff\xfe\"}", "{\"a\\u0000\": \"\u00fc\"}"};
  for (const std::string& output : outputs) {
    const JobId id = behind.submit();
    EXPECT_EQ(asked(source.finish(worker, claimed().run, success(output))), JobStatus::completed);
    Payload result = *behind.job(id).result;
    EXPECT_EQ(ok(behind.thread.run(behind.payloads.text_of(result))), output);
  }
}

TEST_P(WorkSourceContract, a_run_that_is_given_back_costs_nothing) {
  const JobId id = behind.submit();
  EXPECT_EQ(asked(source.finish(worker, claimed().run, {.how = AttemptOutcome::given_back, .message = "it stops"})), JobStatus::queued);
  EXPECT_EQ(behind.job(id).attempts, 0);
}

TEST_P(WorkSourceContract, nobody_ends_the_run_of_another_worker) {
  const JobId id = behind.submit();
  const RunName run = claimed().run;
  const WorkerId other = asked(source.sign_on({.name = "other"}));
  EXPECT_EQ(code(source.finish(other, run, success())), ErrorCode::conflict);
  EXPECT_EQ(behind.job(id).status, JobStatus::processing);
}

TEST_P(WorkSourceContract, an_end_that_cannot_be_stored_now_may_come_again) {
  const JobId id = behind.submit();
  const RunName run = claimed().run;
  behind.within([&] { return behind.stores.state.faults.changes_fail = true; });
  EXPECT_EQ(code(source.finish(worker, run, success())), ErrorCode::unavailable);
  behind.within([&] { return behind.stores.state.faults.changes_fail = false; });
  EXPECT_EQ(asked(source.finish(worker, run, success())), JobStatus::completed);
  EXPECT_EQ(behind.job(id).status, JobStatus::completed);
}

TEST_P(WorkSourceContract, many_runs_end_at_once_each_judged_by_itself) {
  constexpr int count = 200;
  for (int i = 0; i < count; ++i) behind.submit();
  const auto runs = asked(claim(count));
  ASSERT_EQ(runs.size(), std::size_t{count});
  behind.cancel(runs[7].run.job);
  std::vector<std::future<Result<JobStatus>>> ends;
  for (const Assignment& run : runs) ends.push_back(site->thread().begin(source.finish(worker, run.run, success())));
  for (int i = 0; i < count; ++i) {
    const auto status = ends[static_cast<std::size_t>(i)].get();
    EXPECT_EQ(status.has_value(), i != 7);
    if (status) EXPECT_EQ(*status, JobStatus::completed);
  }
}

}  // namespace orc
