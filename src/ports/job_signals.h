#pragma once

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

  // Resumes after the next work_arrived(), at once if one came since the last call, or at `until`.
  virtual boost::asio::awaitable<void> wait_for_work(SteadyTime until) = 0;

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
