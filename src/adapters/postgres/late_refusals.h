#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

namespace orc::postgres {

// LateRefusals looks again and again who waits in vain: a thread that is busy with a slow transaction or a large blob cannot tell those who
// wait for it. While nobody waits its thread rests. Thread-safe.
class LateRefusals {
  struct Shared;

 public:
  LateRefusals();
  LateRefusals(const LateRefusals&) = delete;
  LateRefusals& operator=(const LateRefusals&) = delete;
  ~LateRefusals();  // stop()

  // Stands for somebody who waits, or is about to. May outlive the LateRefusals, as a coroutine that is never resumed does. Costs next to
  // nothing: the thread is woken once in a look's time at most.
  class Asking {
   public:
    explicit Asking(const LateRefusals& late_refusals);
    Asking(const Asking&) = delete;
    Asking& operator=(const Asking&) = delete;
    ~Asking();

   private:
    const std::shared_ptr<Shared> shared_;
  };

  // From now on `refuse` is called, on a thread of its own, while somebody is asking. Once; what `refuse` uses outlives stop().
  void start(std::function<void()> refuse);

  // Safe twice, and without start().
  void stop();

 private:
  struct Shared {
    std::atomic<int> asking = 0;
    std::atomic<bool> rests = false;  // whether who begins must wake the thread
    std::mutex mutex;
    std::condition_variable changed;
    bool is_stopping = false;  // guarded by mutex
  };

  void work(const std::function<void()>& refuse);

  const std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace orc::postgres
