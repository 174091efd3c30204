#pragma once

#include <condition_variable>
#include <mutex>

#include "domain/time.h"

namespace orc {

// RunCount knows how many runs of a cluster live, and waits until none does. Thread-safe.
class RunCount {
 public:
  // One run while it lives, whether it ends or its executor is destroyed. The count outlives it.
  class Counted {
   public:
    explicit Counted(RunCount& count) : count_(count) {
      const std::lock_guard lock(count_.mutex_);
      ++count_.runs_;
    }
    ~Counted() {
      {
        const std::lock_guard lock(count_.mutex_);
        --count_.runs_;
      }
      count_.run_ended_.notify_all();
    }
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

   private:
    RunCount& count_;
  };

  // Blocks until no run is left, or until the deadline; true if none is.
  bool wait(SteadyTime deadline) {
    std::unique_lock lock(mutex_);
    return run_ended_.wait_until(lock, deadline, [this] { return runs_ == 0; });
  }

 private:
  // Guarded by mutex_.
  std::mutex mutex_;
  std::condition_variable run_ended_;
  int runs_ = 0;
};

}  // namespace orc
