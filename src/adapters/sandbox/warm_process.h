#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/sandbox/live_run.h"
#include "adapters/sandbox/process_meter.h"
#include "adapters/sandbox/warm_folders.h"
#include "adapters/sandbox/warm_usage.h"
#include "adapters/warm_pool/warm_schedule.h"

namespace orc {

// Why a process must end, or has ended, to the cost of whoever is alone in it.
struct WarmFault {
  AttemptOutcome how = AttemptOutcome::failed;
  std::string message;
};

// WarmProcess is one process that stays up: it is sent requests and says lines. All on one executor that runs one handler at a time.
class WarmProcess final : public RunStreams, public std::enable_shared_from_this<WarmProcess> {
 public:
  // Who hears it. A call may come from within another one.
  class Listener {
   public:
    virtual ~Listener() = default;
    virtual void heard(WarmProcess& process, const WarmLine& line) = 0;
    // What it wrote to standard error. False: nobody keeps it, or what came before goes for it.
    virtual bool logged(WarmProcess& process, std::string_view bytes) = 0;
    // All lines of what was read at once have been told.
    virtual void paused(WarmProcess& process) = 0;
    // It has a fault now, and ends: nothing more may be sent to it.
    virtual void failed(WarmProcess& process) = 0;
  };

  // A request that is in it: one with files is so before it is sent, and after its answer.
  enum class Stage : std::uint8_t { getting_files, sent, leaving_files };
  struct InFlight {
    Stage stage = Stage::sent;
    bool has_folders = false;
    SteadyTime sent;
    SteadyTime deadline;                     // for its answer
    bool is_spoken_of = false;               // the process has said something of it, so it has read it
    std::optional<SteadyTime> let_go_until;  // nobody wants the answer any more; it may still come until then
  };

  WarmProcess(WarmProcessId id, WarmPoolName pool, const PluginSpec& spec, boost::asio::any_io_executor executor, Listener& listener,
              SteadyTime now)
      : usage(now), id_(id), pool_(pool), limits_(spec.limits), terms_(spec.warm), listener_(listener), input_(executor) {}

  WarmProcessId id() const { return id_; }
  const WarmPoolName& pool() const { return pool_; }
  const PluginLimits& limits() const { return limits_; }
  const WarmTerms& terms() const { return terms_; }

  // It runs, since `started`. `input` is the end to which its requests are written.
  void attach(std::shared_ptr<LiveRun> run, FileDescriptor input, SteadyTime started);
  // It has ended.
  void detach();

  // While it runs: since when. Empty: its program is still on the way, or it has ended.
  std::optional<SteadyTime> started() const { return started_; }

  // It was to end before it ran: it is not to be launched.
  bool is_unwanted() const { return end_wanted_.has_value(); }

  // It runs and is not about to be ended.
  bool takes_requests() const { return run_ && !fault_; }

  // orc-launch. Precondition: it runs.
  pid_t launcher() const { return run_->launcher(); }

  // Where no cgroup counts what it uses, its processes are asked. Precondition: it runs.
  void count_with(ProcessMeter meter);

  // The memory that it holds just now, as its cgroup counts it, or else itself. Empty: nobody knows.
  std::optional<std::int64_t> held_bytes() const;

  // What it wrote to standard error before it said what is being heard is told now.
  void hear_log_first() {
    if (run_) run_->take_log_so_far();
  }

  void send(WarmRequestId id, std::string_view input, std::string_view context);
  // Whether it may know of that request: it was sent this one or a later one.
  bool may_know(WarmRequestId id) const { return id <= last_sent_; }

  // Ends it for what it, or one of its requests, has done; the first fault stays.
  void fail(WarmFault fault, std::chrono::milliseconds grace);
  // Ends it for another reason, in good order: it is asked to, and its input ends.
  void end(std::chrono::milliseconds grace);

  bool took_output(std::string_view bytes) override;
  bool took_log(std::string_view bytes) override;

  const std::optional<WarmFault>& fault() const { return fault_; }
  // The end of what it wrote to standard error since it was sent the request that is alone in it. Empty if it has had others since: what
  // it said of them is not that one's to read.
  std::string end_of_log() const { return has_had_others_ ? std::string() : log_end_.text(); }

  std::map<WarmRequestId, InFlight> in_flight;
  WarmUsage usage;
  std::unique_ptr<WarmFolders> folders;  // from its start on
  std::string image;                     // digest of the image that it runs; empty: it is a folder's
  const RunCgroup* cgroup = nullptr;     // while it runs; null: nothing counts its memory
  SteadyTime memory_looked_at{};
  bool has_said_ready = false;
  bool is_ready = false;  // and requests may come
  bool is_end_counted = false;
  bool has_answered = false;              // some request, and may have been about to end since
  bool runs_again_without_blame = false;  // it ends for a request that nobody wants: what else it serves may have company again

 private:
  void flush();
  void close_input();
  std::size_t line_bytes_max() const;

  // Constant after construction.
  const WarmProcessId id_;
  const WarmPoolName pool_;
  const PluginLimits limits_;
  const WarmTerms terms_;
  Listener& listener_;

  std::shared_ptr<LiveRun> run_;
  std::optional<SteadyTime> started_;
  boost::asio::posix::stream_descriptor input_;
  std::string outbox_;   // not yet handed to the system
  std::string sending_;  // being written
  std::string inbox_;    // an unfinished line
  LogEnd log_end_;
  WarmLineReader reader_;
  std::optional<ProcessMeter> meter_;
  WarmRequestId last_sent_{};  // the highest
  bool has_had_others_ = false;
  std::optional<WarmFault> fault_;
  std::optional<std::chrono::milliseconds> end_wanted_;  // before it ran: the grace
};

}  // namespace orc
