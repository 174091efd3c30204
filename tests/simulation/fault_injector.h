#pragma once

#include <functional>

#include "tests/simulation/world.h"

namespace orc::simulation {

// FaultInjector does to a world what its plan says, at moments that the dice choose, until stop().
class FaultInjector {
 public:
  explicit FaultInjector(World& world) : world_(world) {}

  void begin();
  // The last of it is undone by World::heal().
  void stop() { is_over_ = true; }

 private:
  void repeat(Span mean, std::function<void()> act);

  void kill_server();
  void kill_worker();
  void drain_worker();
  void pause_somebody();
  void cut_somebody_off();
  void set_a_clock();
  void lose_the_database();

  // One of all processes that run just now; null, if the one that was drawn is down.
  SimulatedProcess* somebody();
  std::size_t any(std::size_t count) { return static_cast<std::size_t>(world_.dice().between(0, static_cast<std::int64_t>(count) - 1)); }

  World& world_;
  bool is_over_ = false;
};

}  // namespace orc::simulation
