#include "app/serve.h"

#include <iostream>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <thread>
#include <unistd.h>

#include "app/server.h"

namespace orc {
namespace {

constexpr int exit_cut = 1;
constexpr int exit_bad_setting = 2;
constexpr int exit_not_started = 3;
constexpr int exit_second_signal = 130;

// SIGTERM and SIGINT as something to wait for. Made before any other thread, which then inherits that they are blocked.
class StopSignals {
 public:
  StopSignals() {
    sigemptyset(&set_);
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) sigaddset(&set_, signal);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
    // A client that goes away is an error of a write, not the end of the process.
    signal(SIGPIPE, SIG_IGN);
  }

  // The next one; SIGUSR1 is what a thread of ours says to end the wait.
  int wait() const {
    int signal = 0;
    sigwait(&set_, &signal);
    return signal;
  }

 private:
  sigset_t set_{};
};

// Drains on another thread, so that this one can hear the second signal.
int drain(Server& server, const StopSignals& signals, SteadyTime deadline) {
  const pthread_t listener = pthread_self();
  StopResult result = StopResult::clean;
  std::jthread drainer([&] {
    result = server.stop(deadline);
    pthread_kill(listener, SIGUSR1);
  });
  if (signals.wait() != SIGUSR1) {
    // Nothing accepted is lost: the store is consistent at every moment, runs die with this process, and the next owner takes their jobs
    // over.
    std::cerr << "orc: stopped at once by a second signal\n";
    _exit(exit_second_signal);
  }
  drainer.join();
  return result == StopResult::clean ? 0 : exit_cut;
}

}  // namespace

int serve(const RawSettings& raw) {
  const auto settings = validate(raw);
  if (!settings) {
    std::cerr << "orc serve: " << settings.error().message << '\n';
    return exit_bad_setting;
  }
  // No core file: it would hold passwords and keys.
  if (prctl(PR_SET_DUMPABLE, 0) != 0) std::cerr << "orc serve: core files could not be switched off\n";

  const StopSignals signals;
  Server server(*settings);
  if (const auto started = server.start(); !started) {
    std::cerr << "orc serve: " << started.error().message << '\n';
    server.stop(std::chrono::steady_clock::now());
    return exit_not_started;
  }
  signals.wait();
  return drain(server, signals, std::chrono::steady_clock::now() + settings->stop_grace);
}

}  // namespace orc
