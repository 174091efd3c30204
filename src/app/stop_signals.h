#pragma once

#include <chrono>
#include <functional>
#include <signal.h>

namespace orc {

// SIGTERM and SIGINT as something to wait for. Made on the main thread before any other, which then inherits that they are blocked.
class StopSignals {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;

  void wait() const;
  // Whether one came in time.
  bool wait_for(std::chrono::seconds time) const;

  // Runs `stop` on another thread and gives what it gave. A second signal meanwhile ends the process at once, with
  // ExitCode::interrupted.
  int drain(const std::function<int()>& stop) const;

 private:
  sigset_t set_{};
};

}  // namespace orc
