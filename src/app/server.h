#pragma once

#include <functional>
#include <memory>

#include "app/server_files.h"
#include "app/settings.h"
#include "domain/time.h"

namespace orc {

enum class StopResult : std::uint8_t {
  clean,  // every request was answered, every job ended or was given back
  cut,    // the deadline came first: connections were cut
};

// Server is the whole of `orc serve` in one process. Not thread-safe: one thread makes, starts and stops it.
class Server {
 public:
  explicit Server(Settings settings);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // Takes the data folder, opens everything, takes over what a predecessor left, listens, and writes endpoints.json. Ready when it returns.
  // Where that has to wait for another process `is_stopped` is asked, about twice a second, whether to give up: then unavailable.
  // Errors: conflict, if another process owns the data folder; unavailable and invalid_argument, each with what to do.
  Result<Endpoints> start(const std::function<bool()>& is_stopped);

  // Quiet first, then drained up to `deadline`; what still runs is given back. Blocks. Safe twice, and after a failed start().
  StopResult stop(SteadyTime deadline);

 private:
  struct Parts;

  const Settings settings_;
  std::unique_ptr<Parts> parts_;
};

}  // namespace orc
