#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <map>
#include <utility>

#include "adapters/sandbox/live_run.h"
#include "adapters/sandbox/local_cluster.h"
#include "adapters/sandbox/plugin_input.h"
#include "adapters/sandbox/run_count.h"
#include "adapters/sandbox/run_program.h"
#include "adapters/sandbox/run_verdict.h"
#include "adapters/sandbox/slot_pool.h"
#include "adapters/sandbox/warm_runs.h"

namespace orc {

// What LocalCluster is made of. Runs keep it alive until they have ended.
class LocalCluster::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(boost::asio::any_io_executor executor, const SandboxSettings& settings, BlobKeeper& blobs, Unpack unpack, EventLog& log,
       Clock& clock);

  void start();
  const SandboxFacts& facts() const { return facts_; }
  boost::asio::awaitable<PluginOutcome> run(PluginRun run);
  boost::asio::awaitable<PluginOutcome> run_elsewhere(PluginRun run, Cluster& elsewhere);
  void cancel(JobId job, Fence fence);
  void request_stop();
  bool wait(SteadyTime deadline);
  // Once what they have begun is done; afterwards they do nothing. For while executor's context lives: they hand their results to it.
  void end_threads();

  WarmFigures warm_figures() const { return warm_ ? warm_->figures() : WarmFigures{}; }

  void say_what_is_given() const;

 private:
  // One run() from its first step to its last. Only touched on strand_.
  struct Ticket {
    explicit Ticket(const boost::asio::any_io_executor& executor)
        : waiter(executor), stop(executor, boost::asio::steady_timer::time_point::max()) {}
    std::optional<StopReason> stopped;  // before it was launched
    SlotPool::Waiter waiter;
    boost::asio::steady_timer stop;  // cancelled then
    std::shared_ptr<LiveRun> live;
    Cluster* elsewhere = nullptr;  // that has it, once it may begin there
  };
  struct Kept;

  boost::asio::awaitable<PluginOutcome> run_counted(boost::asio::awaitable<PluginOutcome> run);
  boost::asio::awaitable<PluginOutcome> run_here(PluginRun run);
  boost::asio::awaitable<PluginOutcome> run_beside(PluginRun run, Cluster& elsewhere);
  boost::asio::awaitable<PluginOutcome> run_in_slot(PluginRun run, Ticket& ticket, RunSlot& slot);
  boost::asio::awaitable<PluginOutcome> run_launched(const PluginRun& run, Ticket& ticket, RunSlot& slot, const RunOrder& order);
  boost::asio::awaitable<void> until_room(Ticket& ticket);
  Async<RunOrder> make_order(const PluginRun& run, const Ticket& ticket, const RunSlot& slot, const RunProgram& program);
  Async<std::int64_t> write_input_files(const std::vector<ContentHash>& blobs, const std::filesystem::path& folder, const Ticket* ticket);
  Async<RunProgram> program_of(const PluginSpec& spec);
  Async<PackageLease> folder_of(const PluginSpec& spec);
  boost::asio::awaitable<CgroupReport> clear(const RunSlot& slot, const RunEnd& end);
  boost::asio::awaitable<void> sweep(const RunSlot& slot);
  std::optional<std::string> reason_to_refuse(const PluginRun& run) const;
  Result<void> add_warm_slots();
  static void stop(Ticket& ticket, StopReason reason, std::chrono::milliseconds grace);

  // Constant after construction.
  const SandboxSettings settings_;
  BlobKeeper& blobs_;
  EventLog& log_;
  Clock& clock_;

  // Constant after start(). Slots go before the host whose cgroups they use, and the thread, which the kernel ties runs to, last.
  boost::asio::thread_pool files_{1};
  // Apart, so that a large package delays nobody's launch; one thread, as PackageCache asks and as unpacking would take every core.
  boost::asio::thread_pool unpacking_{1};
  boost::asio::strand<boost::asio::any_io_executor> strand_;
  std::unique_ptr<SandboxHost> host_;
  SandboxFacts facts_;

  // Only touched on strand_.
  SlotPool slots_;
  PackageCache packages_;
  std::unique_ptr<WarmRuns> warm_;
  std::map<std::pair<JobId, Fence>, Ticket*> tickets_;
  bool stopping_ = false;

  RunCount runs_;  // for any thread
};

}  // namespace orc
