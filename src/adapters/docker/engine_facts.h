#pragma once

#include <string>

#include "adapters/docker/engine_client.h"
#include "domain/job/attempt.h"

namespace orc {

// What an engine is and what it can hold.
struct EngineFacts {
  std::string version;      // of the engine: "20.10.24"
  std::string api_version;  // that we speak with it
  std::string problem;      // why no run may be given to it, and what would help; empty: none
  std::string not_held;     // what it cannot hold although runs go on; empty: nothing
  double cpus = 0;          // that it may give in all; 0: not said
  Isolation isolation = Isolation::container;
};

// Asks the engine, and makes `engine` speak a version that both know. Each of two answers may take `patience`. Errors: unavailable, as
// EngineClient.
Async<EngineFacts> examine_engine(EngineClient& engine, std::chrono::milliseconds patience);

}  // namespace orc
