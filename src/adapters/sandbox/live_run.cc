#include "adapters/sandbox/live_run.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <sys/wait.h>

#include "adapters/sandbox/kept_files.h"
#include "adapters/sandbox/run_verdict.h"

namespace orc {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);

// What orc-launch understands (launch/supervision.h).
constexpr int signal_to_ask = SIGTERM;
constexpr int signal_to_kill = SIGUSR1;

// How long orc-launch may take to kill everything before it is killed itself; and how long pipes may stay open after the end.
constexpr auto patience = 2s;

constexpr std::size_t read_bytes = 64 * 1024;
constexpr std::size_t progress_read_bytes = 4 * 1024;

}  // namespace

LiveRun::LiveRun(asio::any_io_executor executor, LaunchedRun run, const RunBounds& bounds, Clock& clock, BlobKeeper* blobs,
                 RunObserver* observer, RunStreams* streams)
    : process_(run.process),
      outlives_launcher_(run.outlives_launcher),
      bounds_(bounds),
      started_(run.started),
      clock_(clock),
      blobs_(blobs),
      observer_(observer),
      streams_(streams),
      ended_(executor, run.ended.release()),
      output_(executor, run.output.release()),
      log_(executor, run.log.release()),
      progress_(executor, run.progress.release()),
      files_(executor, run.files.release()),
      timer_(executor) {}

LiveRun::~LiveRun() {
  if (stage_ == Stage::ended) return;
  kill_at_last();
  waitpid(process_, nullptr, 0);
}

// Of what orc-launch leaves behind its cgroup tells, or the kernel kills it. Without either nobody but orc-launch knows of it.
void LiveRun::kill_at_last() const {
  if (!outlives_launcher_) {
    kill(process_, SIGKILL);
    return;
  }
  kill(process_, SIGCONT);  // a plugin of its own uid may have stopped it
  kill(process_, signal_to_kill);
}

asio::awaitable<RunEnd> LiveRun::finish(std::shared_ptr<LiveRun> run) {
  using namespace asio::experimental::awaitable_operators;
  run->wake_after(run->bounds_.timeout);
  co_await (run->take_output() && run->take_log() && run->take_progress() && run->take_files() && run->await_end());
  run->timer_.cancel();
  co_return std::move(run->end_);
}

void LiveRun::stop(StopReason reason, std::chrono::milliseconds grace) {
  if (stage_ == Stage::collecting) {
    end_.stopped = reason;
    if (reason != StopReason::output_too_large) files_.close();  // orc-launch ends when nobody takes its files
  }
  grace = std::min<std::chrono::milliseconds>(grace, bounds_.grace);
  if (stage_ == Stage::asked && grace <= 0ms) return on_time();  // whoever stops does not wait for a grace that was given before
  if (stage_ != Stage::running) return;
  end_.stopped = reason;
  stage_ = Stage::asked;
  if (grace <= 0ms) return on_time();
  kill(process_, signal_to_ask);
  wake_after(grace);
}

// The process is our child and not yet waited for, so its number cannot be another's.
void LiveRun::on_time() {
  switch (stage_) {
    case Stage::running:
      stop(StopReason::timed_out, bounds_.grace);
      return;
    case Stage::asked:
      stage_ = Stage::killed;
      kill(process_, signal_to_kill);
      wake_after(patience);
      return;
    case Stage::killed:
      kill_at_last();
      wake_after(patience);
      return;
    case Stage::collecting:
      files_.close();
      return;
    case Stage::ended:
      // Not cancelled: whoever pauses reads again.
      for (auto* const stream : {&output_, &log_, &progress_, &files_}) {
        boost::system::error_code ignored;  // it may be closed already
        stream->close(ignored);
      }
      return;
  }
}

void LiveRun::wake_after(std::chrono::milliseconds delay) {
  timer_.expires_after(delay);
  timer_.async_wait([weak = weak_from_this(), this](boost::system::error_code cancelled) {
    if (cancelled) return;
    if (const auto self = weak.lock()) on_time();
  });
}

asio::awaitable<void> LiveRun::take_output() {
  std::string part(read_bytes, '\0');
  for (;;) {
    const auto [ended, size] = co_await output_.async_read_some(asio::buffer(part), no_throw);
    if (ended) co_return;
    if (streams_) {
      const SteadyTime began = std::chrono::steady_clock::now();
      if (!streams_->took_output(std::string_view(part).substr(0, size))) co_await rest_after(began, output_pace_);
      continue;
    }
    if (end_.stopped == StopReason::output_too_large) continue;
    end_.output.append(part, 0, size);
    if (end_.output.size() <= bounds_.output_bytes_max) continue;
    end_.output.resize(bounds_.output_bytes_max);
    stop(StopReason::output_too_large, 0ms);
  }
}

asio::awaitable<void> LiveRun::take_log() {
  std::string part(read_bytes, '\0');
  for (;;) {
    const auto [ended, size] = co_await log_.async_read_some(asio::buffer(part), no_throw);
    if (ended) co_return;
    const SteadyTime began = std::chrono::steady_clock::now();
    bool is_kept = true;
    if (streams_) {
      is_kept = streams_->took_log(std::string_view(part).substr(0, size));
    } else {
      end_.log.add(std::string_view(part).substr(0, size), clock_.now(), LogStream::err);
      tell_news();
      is_kept = !end_.log.is_cut();
    }
    if (!is_kept) co_await rest_after(began, log_pace_);
  }
}

// What is left when the run has ended is little.
asio::awaitable<void> LiveRun::rest_after(SteadyTime began, ReadingPace& pace) {
  const auto time = pace.after(began, std::chrono::steady_clock::now());
  if (time > 0ms && stage_ != Stage::ended) co_await rest_for(time);
}

void LiveRun::take_log_so_far() {
  boost::system::error_code ended;
  asio::posix::stream_descriptor::bytes_readable there;
  log_.non_blocking(true, ended);
  if (!ended) log_.io_control(there, ended);
  if (ended) return;
  std::string part(std::min(there.get(), read_bytes), '\0');
  const std::size_t size = part.empty() ? 0 : log_.read_some(asio::buffer(part), ended);
  if (size == 0) return;
  const SteadyTime began = std::chrono::steady_clock::now();
  streams_->took_log(std::string_view(part).substr(0, size));
  log_pace_.after(began, std::chrono::steady_clock::now());  // what it took counts for who reads on
}

asio::awaitable<void> LiveRun::take_progress() {
  ProgressTeller teller(progress_.get_executor(), [this](const Progress& progress) {
    if (observer_) observer_->progressed(progress);
  });
  std::string part(progress_read_bytes, '\0');
  for (;;) {
    const auto [ended, size] = co_await progress_.async_read_some(asio::buffer(part), no_throw);
    if (ended) break;
    const SteadyTime began = std::chrono::steady_clock::now();
    teller.add(std::string_view(part).substr(0, size), began);
    co_await rest_after(began, progress_pace_);
  }
  teller.end();
  end_.malformed_progress = teller.malformed();
}

// Nothing of the plugin lives any more. False if nobody wants what it left.
bool LiveRun::begin_collecting() {
  end_.duration = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started_);
  if (blobs_ == nullptr || end_.stopped == StopReason::cancelled || end_.stopped == StopReason::service_stops) return false;
  stage_ = Stage::collecting;
  wake_after(collecting_max);
  return true;
}

// Its time is its own: what is not read yet waits for it, though all that wrote it has ended.
asio::awaitable<bool> LiveRun::keep(CollectedFiles::File file) {
  timer_.cancel();
  is_keeping_ = true;
  const bool goes_on = co_await keep_file(*blobs_, std::move(file), end_);
  is_keeping_ = false;
  wake_after(stage_ == Stage::ended ? patience : std::chrono::milliseconds(collecting_max));
  co_return goes_on;
}

asio::awaitable<void> LiveRun::take_files() {
  CollectedFiles files;
  std::string part(read_bytes, '\0');
  bool goes_on = true;
  while (goes_on) {
    const auto [ended, size] = co_await files_.async_read_some(asio::buffer(part), no_throw);
    if (ended) break;
    std::string_view bytes = std::string_view(part).substr(0, size);
    if (!files.has_begun()) goes_on = begin_collecting();
    while (goes_on && !bytes.empty())
      if (auto file = files.take(bytes)) goes_on = co_await keep(std::move(*file));
  }
  boost::system::error_code ignored;  // it may be closed already
  files_.close(ignored);
  end_.left_out = files.left_out();
  if (files.peak_bytes() > 0) end_.peak_bytes = files.peak_bytes();
  if (goes_on && files.has_begun() && !files.is_complete() && !end_.keeping_failed && !end_.stopped)
    end_.keeping_failed = too_late_to_keep();
}

void LiveRun::tell_news() {
  const auto news = end_.log.head().subspan(lines_told_);
  if (!observer_ || news.empty()) return;
  lines_told_ += news.size();
  observer_->log_grew(news);
}

asio::awaitable<void> LiveRun::await_end() {
  while (stage_ != Stage::ended) {
    const auto [failed] = co_await ended_.async_wait(asio::posix::stream_descriptor::wait_read, no_throw);
    if (failed) kill_at_last();  // nobody would tell us of its end
    if (wait4(process_, &end_.wait_status, failed ? 0 : WNOHANG, &end_.usage) != 0) stage_ = Stage::ended;
  }
  if (end_.duration == 0ms)
    end_.duration = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started_);
  if (!is_keeping_) wake_after(patience);
}

}  // namespace orc
