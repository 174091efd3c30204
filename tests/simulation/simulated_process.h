#pragma once

#include <boost/asio/awaitable.hpp>
#include <deque>
#include <map>
#include <memory>
#include <string>

#include "ports/clock.h"
#include "ports/wake_up.h"
#include "tests/simulation/simulated_time.h"

namespace orc::simulation {

// The wall clock of one host, which somebody may set.
struct WallClock {
  std::chrono::milliseconds wrong_by{0};
};

// SimulatedProcess is a process that can be killed and stopped at any moment: it owns every place at which its coroutines rest. Its clock
// and its wake-ups are what the product's code is given.
class SimulatedProcess final : public Clock, public WakeUps {
 public:
  SimulatedProcess(SimulatedTime& time, Dice& dice, WallClock& wall, std::string name);
  ~SimulatedProcess() override;
  SimulatedProcess(const SimulatedProcess&) = delete;
  SimulatedProcess& operator=(const SimulatedProcess&) = delete;

  Timestamp now() override;
  SteadyTime steady_now() override;
  std::unique_ptr<WakeUp> make() override;

  // Runs in the process after `delay`: later if it is paused then, never if it is dead.
  void after(Span delay, Event event);
  void start(boost::asio::awaitable<void> coroutine);
  boost::asio::awaitable<void> rest(Span time);

  // kill -9: nothing of it runs any more. What its coroutines hold is gone after SimulatedTime::settle(); the objects that they use must
  // live until then.
  void kill();
  // SIGSTOP and SIGCONT: what was due meanwhile happens at once afterwards. Its clocks go on.
  void pause();
  void go_on();

  bool is_alive() const;
  bool is_paused() const;
  const std::string& name() const { return name_; }

 private:
  class Core;
  class One;

  SimulatedTime& time_;
  WallClock& wall_;
  const std::string name_;
  const std::shared_ptr<Core> core_;
};

}  // namespace orc::simulation
