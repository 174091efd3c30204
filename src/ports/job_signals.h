#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "domain/strong_id.h"
#include "domain/time.h"
#include "ports/async.h"

namespace orc {

// JobSignals carries hints between those who change jobs and those who wait for them. A lost hint costs time, never truth: who waits
// looks into the store afterwards, and again now and then. Thread-safe.
class JobSignals {
 public:
  virtual ~JobSignals() = default;

  virtual void work_arrived() = 0;       // at least one job may be due
  virtual void job_ended(JobId id) = 0;  // it is completed, failed, cancelled or gone

  // How often work_arrived() was called so far. Who reads it before looking into the store and then waits with it misses no hint.
  virtual std::uint64_t work_hints() = 0;

  // Resumes once work_hints() is above `seen`, or at `until`. Any number may wait.
  virtual boost::asio::awaitable<void> wait_for_work(std::uint64_t seen, SteadyTime until) = 0;

  // Ends the watch when destroyed; after that the callback does not start any more.
  class Watch {
   public:
    virtual ~Watch() = default;
  };

  // Calls `on_end` on the thread of job_ended(id); it must be short and must not call back into JobSignals.
  [[nodiscard]] virtual std::unique_ptr<Watch> watch(JobId id, std::function<void()> on_end) = 0;

  // Resumes after the next job_ended(id), or at `until`. An end between a look into the store and this call is missed, so keep `until`
  // near and look again: see application/job/await_job.cc. Who must miss none calls watch() before the look.
  virtual boost::asio::awaitable<void> wait_for_end(JobId id, SteadyTime until) = 0;
};

}  // namespace orc
