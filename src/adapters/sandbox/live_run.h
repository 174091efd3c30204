#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <sys/resource.h>

#include "adapters/sandbox/captured_log.h"
#include "adapters/sandbox/collected_files.h"
#include "adapters/sandbox/launch_run.h"
#include "adapters/sandbox/progress_teller.h"
#include "adapters/sandbox/reading_pace.h"
#include "ports/blob_store.h"
#include "ports/clock.h"
#include "ports/cluster.h"

namespace orc {

// Why we ended a run that had not ended by itself.
enum class StopReason : std::uint8_t { timed_out, cancelled, output_too_large, service_stops };

// A cancelled plugin may tidy up for so long, if its own grace is not shorter.
inline constexpr std::chrono::seconds cancel_grace_max{1};

// How long the next file of those that a run left may be on its way to us. Keeping it elsewhere has its own bounds: many may wait for one
// line.
inline constexpr std::chrono::seconds collecting_max{300};

// How a run ended.
struct RunEnd {
  int wait_status = 0;  // of orc-launch (man 2 wait)
  std::optional<StopReason> stopped;
  std::string output;
  CapturedLog log;
  std::int64_t malformed_progress = 0;     // lines
  std::vector<Artifact> artifacts;         // that it left in its output folder, by the names of their files
  std::uint64_t left_out = 0;              // entries there that were not kept
  std::optional<std::int64_t> peak_bytes;  // of one of its processes; empty: not told
  std::optional<Error> keeping_failed;     // what it left could not be kept
  rusage usage{};
  std::chrono::milliseconds duration{};  // of the plugin
};

struct RunBounds {
  std::size_t output_bytes_max;
  std::chrono::seconds timeout;
  std::chrono::seconds grace;
};

// RunStreams takes what a run writes, as it comes, in place of RunEnd's output and log. On the run's executor; calls are short.
class RunStreams {
 public:
  virtual ~RunStreams() = default;
  // False: whole lines, and none that somebody waits for.
  virtual bool took_output(std::string_view bytes) = 0;
  // False: nobody keeps it, or what came before goes for it.
  virtual bool took_log(std::string_view bytes) = 0;
};

// LiveRun watches one launched run: takes in what it writes, and ends it when its time is over, when it writes too much, or when asked.
// All on one executor that runs one handler at a time. Kills the run if it is destroyed before the end.
class LiveRun : public std::enable_shared_from_this<LiveRun> {
 public:
  // `blobs` keeps what it leaves in its output folder; null: nobody does. `observer` hears log and progress while it goes on; null: nobody
  // does. `streams` outlives the run; null: RunEnd says what it wrote.
  LiveRun(boost::asio::any_io_executor executor, LaunchedRun run, const RunBounds& bounds, Clock& clock, BlobKeeper* blobs,
          RunObserver* observer, RunStreams* streams);
  ~LiveRun();
  LiveRun(const LiveRun&) = delete;
  LiveRun& operator=(const LiveRun&) = delete;

  // Ends when nothing of the run is left. Once only. The shared pointer keeps this object alive meanwhile.
  static boost::asio::awaitable<RunEnd> finish(std::shared_ptr<LiveRun> run);

  // orc-launch, until this has ended.
  pid_t launcher() const { return process_; }

  // Takes what has been written to standard error by now, without waiting: as much as a pipe holds, and nothing of what comes while it is
  // taken. Only with streams.
  void take_log_so_far();

  // Asks the plugin to end, and kills it after `grace`, or after its own if that is shorter. The first reason stays, unless the plugin has
  // ended and what it left is being kept; a shorter grace counts if it is none.
  void stop(StopReason reason, std::chrono::milliseconds grace);

 private:
  enum class Stage : std::uint8_t { running, asked, killed, collecting, ended };

  boost::asio::awaitable<void> take_output();
  boost::asio::awaitable<void> take_log();
  boost::asio::awaitable<void> rest_after(SteadyTime began, ReadingPace& pace);
  boost::asio::awaitable<void> take_progress();
  boost::asio::awaitable<void> take_files();
  boost::asio::awaitable<bool> keep(CollectedFiles::File file);
  bool begin_collecting();
  boost::asio::awaitable<void> await_end();
  void wake_after(std::chrono::milliseconds delay);
  void on_time();
  void tell_news();

  // Constant after construction.
  void kill_at_last() const;

  const pid_t process_;
  const bool outlives_launcher_;
  const RunBounds bounds_;
  const std::chrono::steady_clock::time_point started_;
  Clock& clock_;
  BlobKeeper* const blobs_;
  RunObserver* const observer_;
  RunStreams* const streams_;

  boost::asio::posix::stream_descriptor ended_;
  boost::asio::posix::stream_descriptor output_;
  boost::asio::posix::stream_descriptor log_;
  boost::asio::posix::stream_descriptor progress_;
  boost::asio::posix::stream_descriptor files_;
  boost::asio::steady_timer timer_;
  ReadingPace output_pace_;
  ReadingPace log_pace_;
  ReadingPace progress_pace_;
  Stage stage_ = Stage::running;
  std::size_t lines_told_ = 0;
  bool is_keeping_ = false;  // one of the files that it left
  RunEnd end_;
};

}  // namespace orc
