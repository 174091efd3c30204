#pragma once

#include <boost/asio/any_io_executor.hpp>

#include "ports/wake_up.h"

namespace orc {

// AsioWakeUps rest on timers of an executor that runs one coroutine at a time; only there may they be waited for. A WakeUp may be destroyed
// while a wake() is under way, but not while somebody waits.
class AsioWakeUps final : public WakeUps {
 public:
  explicit AsioWakeUps(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}
  std::unique_ptr<WakeUp> make() override;

 private:
  const boost::asio::any_io_executor executor_;
};

}  // namespace orc
