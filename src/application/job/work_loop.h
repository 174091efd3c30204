#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "application/job/run_job.h"
#include "application/job/worker_registration.h"
#include "ports/event_log.h"
#include "ports/job_signals.h"
#include "ports/job_store.h"

namespace orc {

// WorkLoop keeps this process's plugin slots filled: it claims due jobs and runs each to the end of its attempt.
// All methods on the thread of `executor`.
class WorkLoop {
 public:
  struct Ports {
    JobStore& store;
    JobSignals& signals;
    Cluster& cluster;
    Clock& clock;
    EventLog& log;
  };

  // `slots`: runs at once, 1 or more.
  WorkLoop(boost::asio::any_io_executor executor, Ports ports, RunJob& run_job, int slots)
      : executor_(std::move(executor)), ports_(ports), run_job_(run_job), slots_(slots) {}

  WorkLoop(const WorkLoop&) = delete;
  WorkLoop& operator=(const WorkLoop&) = delete;

  // Claims as `registration`, which must outlive the loop.
  void start(const WorkerRegistration& registration);

  // Claims nothing more; what runs goes on. Safe twice.
  void request_stop();

  // Resumes when nothing runs any more. At `deadline` the runs that are left are cancelled and their jobs given back, at no cost of an
  // attempt.
  boost::asio::awaitable<void> wait(SteadyTime deadline);

  int running() const { return static_cast<int>(running_.size()); }

 private:
  struct Running {
    JobId job;
    Fence fence;
  };

  boost::asio::awaitable<void> loop(const WorkerRegistration& registration);
  boost::asio::awaitable<void> pause(SteadyTime until);
  boost::asio::awaitable<void> run_one(ClaimedJob job);
  SteadyTime next_look(const Claim& claim) const;

  // Constant after construction.
  const boost::asio::any_io_executor executor_;
  const Ports ports_;
  RunJob& run_job_;
  const int slots_;

  // Only on the executor's thread.
  std::vector<Running> running_;
  bool looping_ = false;
  bool stopping_ = false;
};

}  // namespace orc
