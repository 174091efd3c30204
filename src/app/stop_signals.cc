#include "app/stop_signals.h"

#include <pthread.h>
#include <thread>
#include <unistd.h>

#include "adapters/cli/exit_code.h"
#include "adapters/system/json_event_log.h"
#include "adapters/system/system_clock.h"

namespace orc {

StopSignals::StopSignals() {
  sigemptyset(&set_);
  // SIGUSR1 is what a thread of ours says to end a wait.
  for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) sigaddset(&set_, signal);
  pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  // A peer that goes away is an error of a write, not the end of the process.
  signal(SIGPIPE, SIG_IGN);
}

void StopSignals::wait() const {
  int signal = 0;
  sigwait(&set_, &signal);
}

bool StopSignals::wait_for(std::chrono::seconds time) const {
  const timespec patience{.tv_sec = time.count(), .tv_nsec = 0};
  return sigtimedwait(&set_, nullptr, &patience) > 0;
}

int StopSignals::drain(const std::function<int()>& stop) const {
  const pthread_t listener = pthread_self();
  int result = 0;
  std::jthread drainer([&] {
    result = stop();
    pthread_kill(listener, SIGUSR1);
  });
  int signal = 0;
  sigwait(&set_, &signal);
  if (signal != SIGUSR1) {
    SystemClock clock;
    write_last_line(STDERR_FILENO, clock, LogLevel::warning, "stopped at once by a second signal", {});
    _exit(static_cast<int>(ExitCode::interrupted));
  }
  drainer.join();
  return result;
}

}  // namespace orc
