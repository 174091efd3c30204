#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace orc::postgres {

// LateRefusals looks again and again who waits in vain: a thread that is busy with a slow transaction or a large blob cannot tell those who
// wait for it. Ends with its thread.
class LateRefusals {
 public:
  // `refuse` is called on a thread of its own; what it uses outlives this.
  explicit LateRefusals(std::function<void()> refuse);
  LateRefusals(const LateRefusals&) = delete;
  LateRefusals& operator=(const LateRefusals&) = delete;
  ~LateRefusals();  // stop()

  // Safe twice.
  void stop();

 private:
  void work();

  const std::function<void()> refuse_;
  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;  // guarded by mutex_
  std::thread thread_;
};

}  // namespace orc::postgres
