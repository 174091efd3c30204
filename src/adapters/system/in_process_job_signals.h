#pragma once

#include <array>
#include <boost/asio/any_io_executor.hpp>
#include <list>
#include <memory>
#include <mutex>
#include <unordered_map>

#include "ports/job_signals.h"

namespace orc {

// InProcessJobSignals carries the hints of one process. Signals may come from any thread; who waits must do so on an executor that runs one
// coroutine at a time (the I/O thread). Everything that waits or watches must end before this object.
class InProcessJobSignals final : public JobSignals {
 public:
  InProcessJobSignals();
  ~InProcessJobSignals() override;

  void work_arrived() override;
  void job_ended(JobId id) override;
  std::uint64_t work_hints() override;
  boost::asio::awaitable<void> wait_for_work(std::uint64_t seen, SteadyTime until) override;
  [[nodiscard]] std::unique_ptr<Watch> watch(JobId id, std::function<void()> on_end) override;
  boost::asio::awaitable<void> wait_for_end(JobId id, SteadyTime until) override;

 private:
  class Sleeper;
  class RegisteredWatch;
  using Sleepers = std::list<std::shared_ptr<Sleeper>>;
  struct Callback {
    std::function<void()> on_end;
  };

  // Whether that job ended a moment ago and nobody waited for it: who looked into the store just before would miss the signal. Forgets it.
  bool take_recent_end(JobId id);

  std::mutex mutex_;
  std::uint64_t work_hints_ = 0;                                           // guarded by mutex_
  Sleepers work_sleepers_;                                                 // guarded by mutex_
  std::unordered_multimap<JobId, std::shared_ptr<Sleeper>> end_sleepers_;  // guarded by mutex_
  std::unordered_multimap<JobId, std::shared_ptr<Callback>> watches_;      // guarded by mutex_
  std::array<JobId, 256> recent_ends_{};                                   // guarded by mutex_; a ring; no job has id 0
  std::size_t next_recent_ = 0;                                            // guarded by mutex_
};

}  // namespace orc
