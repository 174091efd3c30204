#pragma once

#include <cstddef>

#include "ports/async.h"

namespace orc {

// Turns lets others have the thread now and then while one coroutine works through something long: nothing on the I/O thread may block
// longer than about a millisecond (ARCHITECTURE.md). One object for one piece of work.
class Turns {
 public:
  // About a tenth of a millisecond of copying.
  static constexpr std::size_t bytes_max = std::size_t{256} * 1024;

  // To be awaited after work that is worth copying `bytes`: once the turn is used up, resumes behind everybody who waits for the thread.
  boost::asio::awaitable<void> spend(std::size_t bytes);

 private:
  std::size_t spent_ = 0;
};

}  // namespace orc
