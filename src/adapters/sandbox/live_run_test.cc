#include "adapters/sandbox/live_run.h"

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <csignal>
#include <fcntl.h>
#include <functional>
#include <gtest/gtest.h>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

#include "adapters/system/system_clock.h"

namespace orc {
namespace {

using namespace std::chrono_literals;

struct PipeEnds {
  FileDescriptor read, write;
};

PipeEnds new_pipe() {
  std::array<int, 2> ends{};
  EXPECT_EQ(pipe2(ends.data(), O_CLOEXEC), 0);
  return {FileDescriptor(ends[0]), FileDescriptor(ends[1])};
}

// Writes whatever is taken from its log there again, so that the log never ends; whoever takes it needs `effort` each time.
class EndlessLog final : public RunStreams {
 public:
  static constexpr std::size_t part_bytes = 10'000;

  EndlessLog(int log, std::chrono::milliseconds effort) : log_(log), effort_(effort) {}
  void begin() const { give(std::string(part_bytes, 'x')); }

  bool took_output(std::string_view bytes) override { return took_log(bytes); }
  bool took_log(std::string_view bytes) override {
    const auto until = std::chrono::steady_clock::now() + effort_;
    while (std::chrono::steady_clock::now() < until) {}
    took_ += bytes.size();
    if (++times_ < given_up_after) give(bytes);
    return false;
  }
  std::size_t took() const { return took_; }
  int times() const { return times_; }

 private:
  static constexpr int given_up_after = 10'000;

  void give(std::string_view bytes) const { EXPECT_EQ(write(log_, bytes.data(), bytes.size()), std::ssize(bytes)); }

  const int log_;
  const std::chrono::milliseconds effort_;
  std::size_t took_ = 0;
  int times_ = 0;
};

struct FakeRun {
  PipeEnds ended = new_pipe(), output = new_pipe(), log = new_pipe(), progress = new_pipe(), files = new_pipe();
  SystemClock clock;
  boost::asio::io_context io{1};

  std::shared_ptr<LiveRun> make(RunStreams& streams, RunObserver* observer = nullptr, BlobKeeper* blobs = nullptr) {
    const pid_t process = fork();
    if (process == 0) {
      pause();
      _exit(0);
    }
    LaunchedRun launched{.process = process,
                         .ended = std::move(ended.read),
                         .output = std::move(output.read),
                         .log = std::move(log.read),
                         .progress = std::move(progress.read),
                         .files = std::move(files.read),
                         .requests = {},
                         .handed_out = {},
                         .started = std::chrono::steady_clock::now()};
    return std::make_shared<LiveRun>(io.get_executor(), std::move(launched), RunBounds{.output_bytes_max = 0, .timeout = 1h, .grace = 0s},
                                     clock, blobs, observer, &streams);
  }
};

TEST(LiveRun, of_a_log_that_grows_faster_than_it_is_taken_a_bounded_part_is_taken_before_an_answer) {
  FakeRun fake;
  EndlessLog endless(fake.log.write.get(), 0ms);
  endless.begin();
  fake.make(endless)->take_log_so_far();
  EXPECT_EQ(endless.took(), EndlessLog::part_bytes) << "what was there when it was asked for";
}

TEST(LiveRun, a_log_that_somebody_holds_open_after_the_end_is_given_up_though_the_other_streams_are_closed) {
  FakeRun fake;
  EndlessLog silent(fake.log.write.get(), 0ms);
  const auto run = fake.make(silent);
  auto end = boost::asio::co_spawn(fake.io, LiveRun::finish(run), boost::asio::use_future);
  kill(run->launcher(), SIGKILL);
  for (PipeEnds* const one : {&fake.ended, &fake.output, &fake.progress, &fake.files}) one->write.close();
  fake.io.run();
  end.get();
}

class LastProgress final : public RunObserver {
 public:
  void log_grew(std::span<const LogLine>) override {}
  void progressed(const Progress& progress) override { last = progress.fraction; }
  double last = 0;
};

TEST(LiveRun, of_a_burst_of_progress_the_last_line_is_told_though_nothing_comes_after_it) {
  FakeRun fake;
  EndlessLog silent(fake.log.write.get(), 0ms);
  LastProgress told;
  const auto run = fake.make(silent, &told);
  std::string burst;
  for (int step = 1; step <= 200; ++step) burst += "{\"progress\": " + std::to_string(step / 200.0) + "}\n";
  ASSERT_EQ(write(fake.progress.write.get(), burst.data(), burst.size()), std::ssize(burst));
  boost::asio::co_spawn(fake.io, LiveRun::finish(run), [](const std::exception_ptr&, const RunEnd&) {});
  const auto until = std::chrono::steady_clock::now() + 20s;
  while (told.last < 1 && std::chrono::steady_clock::now() < until) fake.io.run_one_for(1s);
  EXPECT_EQ(told.last, 1);
}

// Takes each file to a place that is far away.
class SlowBlobs final : public BlobKeeper {
 public:
  Async<std::string> get(ContentHash) override { co_return fail(ErrorCode::not_found, "nobody asks"); }
  Async<ContentHash> put(std::string bytes) override {
    boost::asio::steady_timer way(co_await boost::asio::this_coro::executor, 2500ms);
    if (const auto once = std::exchange(when_put, {})) once();
    co_await way.async_wait(boost::asio::use_awaitable);
    kept.push_back(std::move(bytes));
    co_return ContentHash{};
  }

  std::function<void()> when_put;
  std::vector<std::string> kept;
};

// As orc-launch sends it (launch/collection.h).
std::string sent_file(std::uint64_t bytes, char name) {
  const std::uint64_t numbers[] = {bytes, 1};
  return std::string(reinterpret_cast<const char*>(numbers), sizeof numbers) + name + std::string(bytes, name);
}

// Longer than a pipe is waited for after the end: what is read no more, as a file that came before is still being kept.
TEST(LiveRun, files_that_wait_for_one_that_is_kept_far_away_are_not_given_up_though_the_run_has_ended) {
  FakeRun fake;
  EndlessLog silent(fake.log.write.get(), 0ms);
  SlowBlobs blobs;
  const auto run = fake.make(silent, nullptr, &blobs);
  const auto write_files = [&](const std::string& bytes) {
    ASSERT_EQ(write(fake.files.write.get(), bytes.data(), bytes.size()), std::ssize(bytes));
  };
  blobs.when_put = [&] {
    constexpr std::uint64_t end[] = {0, ~std::uint64_t{0}, 4096};
    write_files(sent_file(2, 'b') + std::string(reinterpret_cast<const char*>(end), sizeof end));
    kill(run->launcher(), SIGKILL);
    for (PipeEnds* const one : {&fake.ended, &fake.output, &fake.log, &fake.progress, &fake.files}) one->write.close();
  };
  write_files("b" + sent_file(3, 'a'));
  auto finished = boost::asio::co_spawn(fake.io, LiveRun::finish(run), boost::asio::use_future);
  fake.io.run();
  const RunEnd end = finished.get();
  EXPECT_EQ(blobs.kept, (std::vector<std::string>{"aaa", "bb"}));
  EXPECT_EQ(end.keeping_failed, std::nullopt);
}

class LiveRunFloods : public testing::TestWithParam<PipeEnds FakeRun::*> {};

TEST_P(LiveRunFloods, what_nobody_waits_for_takes_a_small_part_of_the_thread_however_much_comes) {
  FakeRun fake;
  EndlessLog endless((fake.*GetParam()).write.get(), 5ms);
  endless.begin();
  const auto run = fake.make(endless);
  boost::asio::co_spawn(fake.io, LiveRun::finish(run), [](const std::exception_ptr&, const RunEnd&) {});
  fake.io.run_for(1s);
  EXPECT_GE(endless.times(), 1) << "some of it is taken at once";
  EXPECT_LE(endless.times(), 20) << "of 200 that the thread had time for";
}

INSTANTIATE_TEST_SUITE_P(streams, LiveRunFloods, testing::Values(&FakeRun::log, &FakeRun::output));

}  // namespace
}  // namespace orc
