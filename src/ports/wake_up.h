#pragma once

#include <memory>

#include "domain/time.h"
#include "ports/async.h"

namespace orc {

// WakeUp lets one coroutine rest until it is called, or until a moment has come.
class WakeUp {
 public:
  virtual ~WakeUp() = default;

  // From any thread. A call while nobody waits ends the next wait at once.
  virtual void wake() = 0;

  virtual boost::asio::awaitable<void> wait(SteadyTime until) = 0;
};

class WakeUps {
 public:
  virtual ~WakeUps() = default;
  virtual std::unique_ptr<WakeUp> make() = 0;
};

}  // namespace orc
