#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <stop_token>
#include <vector>

#include "application/job/run_job.h"
#include "application/job/worker_registration.h"
#include "ports/event_log.h"

namespace orc {

// WorkLoop keeps this process's plugin slots filled: it claims runs and takes each to its end.
// All methods on the thread of `executor`.
class WorkLoop {
 public:
  struct Ports {
    WorkSource& source;
    Cluster& cluster;
    WakeUps& wake_ups;
    Clock& clock;
    EventLog& log;
  };

  // `slots`: runs at once, of every kind together, 1 or more; how many of each kind the source knows from the worker's equipment.
  WorkLoop(boost::asio::any_io_executor executor, Ports ports, RunJob& run_job, int slots)
      : executor_(std::move(executor)),
        ports_(ports),
        run_job_(run_job),
        slots_(slots),
        slot_is_free_(ports.wake_ups.make()),
        run_has_ended_(ports.wake_ups.make()) {}

  WorkLoop(const WorkLoop&) = delete;
  WorkLoop& operator=(const WorkLoop&) = delete;

  // Claims as `registration`, which must outlive the loop.
  void start(const WorkerRegistration& registration);

  // Claims nothing more; what runs goes on. Safe twice.
  void request_stop();

  // Resumes when nothing runs any more. At `deadline` the runs that are left are cancelled and their jobs given back, at no cost of an
  // attempt.
  boost::asio::awaitable<void> wait(SteadyTime deadline);

  // What was claimed and has not ended.
  const std::vector<RunName>& held() const { return held_; }

 private:
  boost::asio::awaitable<void> loop(const WorkerRegistration& registration);
  boost::asio::awaitable<void> run_one(WorkerId worker, Assignment job);

  // Constant after construction.
  const boost::asio::any_io_executor executor_;
  const Ports ports_;
  RunJob& run_job_;
  const int slots_;

  // Only on the executor's thread.
  std::vector<RunName> held_;
  const std::unique_ptr<WakeUp> slot_is_free_;   // or a stop is asked for
  const std::unique_ptr<WakeUp> run_has_ended_;  // or the loop
  std::stop_source stop_;
  bool looping_ = false;
};

}  // namespace orc
