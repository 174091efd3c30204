#pragma once

#include <memory>

#include "app/runner_settings.h"
#include "domain/time.h"

namespace orc {

// Runner is the whole of `orc runner`: a worker for a server elsewhere, with the sandbox and without a database. Not thread-safe: one
// thread makes, starts and stops it.
class Runner {
 public:
  explicit Runner(RunnerSettings settings);
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  // Takes the data folder and looks what the host can give. Errors: conflict, if another process owns the folder; unavailable and
  // invalid_argument, each with what to do.
  Result<void> open();

  // Signs on and begins to claim. May be tried again. Errors: unavailable, if the server cannot be reached; unauthenticated and
  // permission_denied, if the key is not good.
  Result<void> start();

  // Says in the log that it will be tried again.
  void say_unreachable(const Error& reason);

  // Claims nothing more, lets what runs go on up to `deadline`, and gives the rest back. Blocks. Safe twice, and after a failed start().
  void stop(SteadyTime deadline);

 private:
  struct Parts;

  const RunnerSettings settings_;
  std::unique_ptr<Parts> parts_;
};

// `orc runner`: runs until a signal; gives the exit code.
int run_runner(const RawRunnerSettings& raw);

}  // namespace orc
