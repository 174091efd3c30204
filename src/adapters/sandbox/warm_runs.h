#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>

#include "adapters/sandbox/plugin_environment.h"
#include "adapters/sandbox/run_program.h"
#include "adapters/sandbox/run_verdict.h"
#include "adapters/sandbox/slot_pool.h"
#include "adapters/sandbox/warm_figures.h"
#include "adapters/sandbox/warm_process.h"
#include "ports/blob_store.h"
#include "ports/event_log.h"

namespace orc {

// WarmRuns runs plugins of mode `warm`: each run is a request to a process that stays up, in the same sandbox and within the same bounds as
// any other run (docs/decisions/warm_processes.md). When a process fails that serves several requests, each of them runs once more, alone,
// so that only the one that fails alone has failed. All on one executor that runs one handler at a time.
class WarmRuns final : public WarmProcess::Listener {
 public:
  struct Parts {
    boost::asio::any_io_executor executor;  // a strand
    boost::asio::any_io_executor files;     // for what blocks
    SandboxHost& host;
    Clock& clock;
    EventLog& log;
    BlobKeeper& blobs;  // for what requests leave
    ProgramOf program_of;
    // Writes those blobs to a folder of this host; how large they are together.
    std::function<Async<std::int64_t>(const std::vector<ContentHash>&, const std::filesystem::path&)> write_input_files;
    std::function<boost::asio::awaitable<CgroupReport>(const RunSlot&, const RunEnd&)> clear;
    std::optional<std::int64_t> memory_mb;              // for all runs of this worker, as plugins declare it; empty: not counted
    std::function<std::shared_ptr<void>()> keep_alive;  // this object and its parts, and whoever waits for the end of all, wait for it
  };

  WarmRuns(Parts parts, std::vector<RunSlot> slots);
  ~WarmRuns() override;

  boost::asio::awaitable<PluginOutcome> run(PluginRun run);

  // Another run of this worker holds so much memory while this lives. Processes that serve nothing give way to it.
  class Room {
   public:
    Room(WarmRuns& runs, std::int64_t memory_mb) : runs_(runs), memory_mb_(memory_mb) { runs_.others_hold(memory_mb_); }
    ~Room() { runs_.others_hold(-memory_mb_); }
    Room(const Room&) = delete;
    Room& operator=(const Room&) = delete;

   private:
    WarmRuns& runs_;
    const std::int64_t memory_mb_;
  };
  // Returns once those that give way have gone.
  boost::asio::awaitable<void> until_room();

  // Whether that run was here.
  bool cancel(JobId job, Fence fence);

  // Gives back every run, ends every process.
  void request_stop();

  // For any thread.
  WarmFigures figures() const { return figures_.read(); }

 private:
  // One run(), from its first step to its last.
  struct Request {
    PluginRun run;
    WarmPoolName pool;
    boost::asio::steady_timer done;
    WarmProcess* process = nullptr;  // that serves it
    std::optional<CapturedLog> log;
    std::size_t lines_told = 0;
    std::int64_t slips = 0;  // lines about it that were no progress and no log
    Company company = Company::any;
    int useless_starts = 0;       // of processes that ended by themselves before its files were there, and had been sent nothing
    bool has_folders = false;     // it names files, or may leave some
    std::int64_t file_bytes = 0;  // of those that it names
    std::string image;            // of the process that served it last
    std::optional<PluginOutcome> outcome;
  };

  // What a request with files is sent.
  struct GivenFiles {
    std::string input;
    RequestPlaces folders;
    std::int64_t file_bytes = 0;
  };

  void heard(WarmProcess& process, const WarmLine& line) override;
  bool logged(WarmProcess& process, std::string_view bytes) override;
  void paused(WarmProcess& process) override;
  void failed(WarmProcess& process) override;

  void become_ready(WarmProcess& process);
  boost::asio::awaitable<void> count_and_become_ready(std::shared_ptr<WarmProcess> process, pid_t launcher);
  void answer(WarmProcess& process, WarmRequestId id, PluginOutcome outcome);
  PluginOutcome took(WarmProcess& process, WarmRequestId id, SteadyTime sent, PluginOutcome outcome);
  void hear_beside(Request& request, const WarmLine& line);
  void tell_slips(Request& request);
  void note(Request& request, std::string_view text, LogStream stream);
  void settle(WarmRequestId id, PluginOutcome outcome);
  void wait_for_process(WarmRequestId id, Request& request, Company company);
  void pump();
  void begin(WarmProcessId id, const WarmPoolName& pool);
  void dispatch(WarmProcess& process, WarmRequestId id);
  void send(WarmProcess& process, WarmRequestId id, std::string_view input, const RequestPlaces& folders);
  std::unique_ptr<WarmFolders> folders_of(const RunSlot& slot, const RunOrder& order, LaunchedRun& launched) const;
  boost::asio::awaitable<void> give_files(std::shared_ptr<WarmProcess> process, WarmRequestId id, std::string input);
  Async<GivenFiles> make_folders(WarmFolders& folders, WarmRequestId id, std::string input);
  boost::asio::awaitable<void> keep_files(std::shared_ptr<WarmProcess> process, WarmRequestId id, PluginOutcome outcome);
  boost::asio::awaitable<void> take_files(WarmFolders& folders, WarmRequestId id, RunEnd& left);
  boost::asio::awaitable<void> remove_folders(WarmProcess& process, WarmRequestId id);
  void leave(WarmProcess& process, WarmRequestId id);
  void others_hold(std::int64_t more_mb);
  boost::asio::awaitable<void> live_through(std::shared_ptr<WarmProcess> process, PluginVersion version);
  boost::asio::awaitable<Result<WarmFault>> live(std::shared_ptr<WarmProcess> process, const PluginVersion& version);
  void over(WarmProcess& process, const WarmFault& fault);
  void was_not_sent(WarmRequestId id, Request& request, const WarmFault& fault, bool ended_by_itself);
  void sweep();
  void look_after(WarmProcess& process, SteadyTime now);
  static void end_unwanted(WarmProcess& process);
  void wake_sweep();
  void sweep_after(std::chrono::milliseconds delay);
  Request* find(WarmRequestId id);

  const Parts parts_;
  SlotPool slots_;
  WarmSchedule schedule_;
  std::unordered_map<WarmRequestId, Request*> requests_;
  std::map<std::pair<JobId, Fence>, WarmRequestId> names_;
  std::map<WarmProcessId, std::shared_ptr<WarmProcess>> processes_;
  boost::asio::steady_timer sweep_timer_;
  boost::asio::steady_timer room_;  // never goes off; cancelled when a process has gone
  std::int64_t others_mb_ = 0;
  bool sweeps_ = false;
  bool sweeps_slowly_ = false;
  bool is_stopping_ = false;
  std::int64_t last_request_ = 0;
  SharedWarmFigures figures_;
};

}  // namespace orc
