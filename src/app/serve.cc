#include "app/serve.h"

#include <cstdlib>
#include <iostream>
#include <malloc.h>
#include <sys/prctl.h>

#include "adapters/cli/exit_code.h"
#include "app/server.h"
#include "app/stop_signals.h"

namespace orc {
namespace {

// Says why it does not start; gives the exit code.
int leave(const Error& error) {
  const Failure failure = failure_of(error);
  std::cerr << "orc serve: " << failure.message << '\n';
  return static_cast<int>(failure.code);
}

// Asked to stop before it was ready, it has nothing to end.
int leave_unready() {
  std::cerr << "orc serve: stopped before it was ready\n";
  return static_cast<int>(ExitCode::ok);
}

// A look-up that has begun cannot be cut, so that where a callback needs one, silent name servers must not hold up the stop of this process
// (man 5 resolv.conf). Whoever runs it may say otherwise. Before any thread is started, as the environment belongs to all.
void bound_name_look_ups(const Settings& settings) {
  if (settings.callback_origins.list().empty()) return;
  if (setenv("RES_OPTIONS", "timeout:1 attempts:2", 0) != 0) std::cerr << "orc serve: look-ups of names could not be bounded\n";
}

// What is as long as this goes back to the system as soon as it is freed. glibc would raise the bound to the longest that it has seen, and
// keep a gigabyte of free pieces between others after a few large answers at once.
void return_what_is_large() {
  constexpr int bytes = 1024 * 1024;
  if (mallopt(M_MMAP_THRESHOLD, bytes) == 0) std::cerr << "orc serve: memory of large answers may be kept\n";
}

}  // namespace

int serve(const RawSettings& raw) {
  const auto settings = validate(raw);
  if (!settings) return leave(settings.error());
  // No core file: it would hold passwords and keys.
  if (prctl(PR_SET_DUMPABLE, 0) != 0) std::cerr << "orc serve: core files could not be switched off\n";

  bound_name_look_ups(*settings);
  return_what_is_large();

  const StopSignals signals;
  Server server(*settings);
  bool is_stopped = false;
  const auto look_for_stop = [&] { return is_stopped = is_stopped || signals.wait_for(std::chrono::seconds{0}); };
  if (const auto started = server.start(look_for_stop); !started) {
    const int exit_code = is_stopped ? leave_unready() : leave(started.error());
    server.stop(std::chrono::steady_clock::now());
    return exit_code;
  }
  signals.wait();
  const auto deadline = std::chrono::steady_clock::now() + settings->stop_grace;
  // Cut short, nothing accepted is lost: the store is consistent at every moment, runs die with this process, and the next owner takes
  // their jobs over.
  return signals.drain([&] { return static_cast<int>(server.stop(deadline) == StopResult::clean ? ExitCode::ok : ExitCode::negative); });
}

}  // namespace orc
