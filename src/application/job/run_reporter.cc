#include "application/job/run_reporter.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/dispatch.hpp>
#include <utility>

#include "domain/passing_error.h"

namespace orc {
namespace {

constexpr std::chrono::seconds again_after{1};
constexpr std::size_t report_bytes_max = 256 * 1024;  // of one report, beyond its first line

}  // namespace

// Only on the executor's thread. Outlives its reporter while something is under way.
class RunReporter::Telling : public std::enable_shared_from_this<Telling> {
 public:
  Telling(Ports ports, WorkerId worker, RunName run)
      : ports_(ports), worker_(worker), run_(run), news_(ports.wake_ups.make()), rest_(ports.wake_ups.make()) {}

  void hear(const boost::asio::any_io_executor& executor, std::vector<LogLine> lines) {
    if (is_over_ || is_refused_) return;
    for (LogLine& line : lines) {
      bytes_ += line.text.size();
      waiting_.push_back(std::move(line));
    }
    begin(executor);
    if (bytes_ >= report_bytes_wanted) news_->wake();
  }

  void hear(const boost::asio::any_io_executor& executor, Progress progress) {
    if (is_over_ || is_refused_) return;
    progress_ = std::move(progress);
    begin(executor);
  }

  boost::asio::awaitable<std::int64_t> end() {
    is_over_ = true;
    news_->wake();
    while (is_busy_) co_await rest_->wait(SteadyTime::max());
    co_return taken_;
  }

 private:
  void begin(const boost::asio::any_io_executor& executor) {
    if (!std::exchange(is_busy_, true)) boost::asio::co_spawn(executor, tell_all(shared_from_this()), boost::asio::detached);
  }

  static boost::asio::awaitable<void> tell_all(std::shared_ptr<Telling> self) {
    while (!self->is_over_ && (!self->waiting_.empty() || self->progress_)) co_await self->tell_some();
    self->is_busy_ = false;
    self->rest_->wake();
  }

  boost::asio::awaitable<void> tell_some() {
    co_await pause(report_interval);
    if (is_over_) co_return;
    RunReport report{.log = next_lines(), .progress = std::exchange(progress_, std::nullopt)};
    const auto progress = report.progress;
    const std::size_t count = report.log.size();
    const std::int64_t last = count > 0 ? report.log.back().n : taken_;
    const auto told = co_await ports_.source.report(worker_, run_, std::move(report));
    if (told) {
      taken_ = last;
      drop(count);
    } else if (may_pass(told.error())) {
      if (!progress_) progress_ = progress;
      bytes_ = 0;  // wakes nobody until it was tried again
      co_await pause(again_after);
    } else {
      is_refused_ = true;
      progress_.reset();
      drop(waiting_.size());
    }
  }

  boost::asio::awaitable<void> pause(std::chrono::milliseconds duration) {
    const SteadyTime until = ports_.clock.steady_now() + duration;
    while (!is_over_ && bytes_ < report_bytes_wanted && ports_.clock.steady_now() < until) co_await news_->wait(until);
  }

  std::vector<LogLine> next_lines() const {
    std::vector<LogLine> lines;
    std::size_t bytes = 0;
    for (const LogLine& line : waiting_) {
      bytes += line.text.size();
      if (!lines.empty() && bytes > report_bytes_max) break;
      lines.push_back(line);
    }
    return lines;
  }

  void drop(std::size_t count) {
    waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(count));
    bytes_ = 0;
    for (const LogLine& line : waiting_) bytes_ += line.text.size();
  }

  const Ports ports_;
  const WorkerId worker_;
  const RunName run_;
  const std::unique_ptr<WakeUp> news_;  // much has come, or the run is over
  const std::unique_ptr<WakeUp> rest_;  // nothing is under way any more
  std::vector<LogLine> waiting_;        // bounded by what a cluster tells of a run
  std::size_t bytes_ = 0;               // of them
  std::optional<Progress> progress_;    // the newest one, until it is told
  std::int64_t taken_ = 0;              // number of the last line
  bool is_busy_ = false;
  bool is_over_ = false;
  bool is_refused_ = false;
};

RunReporter::RunReporter(boost::asio::any_io_executor executor, Ports ports, WorkerId worker, RunName run)
    : executor_(std::move(executor)), telling_(std::make_shared<Telling>(ports, worker, run)) {}

RunReporter::~RunReporter() = default;

void RunReporter::log_grew(std::span<const LogLine> lines) {
  boost::asio::dispatch(executor_, [executor = executor_, telling = telling_, copies = std::vector(lines.begin(), lines.end())]() mutable {
    telling->hear(executor, std::move(copies));
  });
}

void RunReporter::progressed(const Progress& progress) {
  boost::asio::dispatch(executor_, [executor = executor_, telling = telling_, progress] { telling->hear(executor, progress); });
}

boost::asio::awaitable<std::int64_t> RunReporter::end() { return telling_->end(); }

}  // namespace orc
