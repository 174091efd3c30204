#include "tests/simulation/fault_injector.h"

#include <array>

namespace orc::simulation {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Span down_max = seconds{15};
constexpr Span pause_max = seconds{30};       // three leases
constexpr Span late_pause_min = seconds{10};  // a lease and little more: just when somebody else has begun with the work
constexpr Span late_pause_max = seconds{16};
constexpr double late_pauses = 0.5;
constexpr Span cut_max = seconds{25};
constexpr Span away_max = seconds{12};
constexpr Span drain_max = seconds{6};

}  // namespace

void FaultInjector::begin() {
  const FaultPlan& plan = world_.plan();
  repeat(plan.server_kills, [this] { kill_server(); });
  if (world_.worker_count() > 0) {
    repeat(plan.worker_kills, [this] { kill_worker(); });
    repeat(plan.worker_drains, [this] { drain_worker(); });
  }
  repeat(plan.pauses, [this] { pause_somebody(); });
  repeat(plan.partitions, [this] { cut_somebody_off(); });
  repeat(plan.clock_jumps, [this] { set_a_clock(); });
  repeat(plan.database_outages, [this] { lose_the_database(); });
  repeat(plan.broker_wipes, [this] { world_.wipe_broker(); });
}

void FaultInjector::repeat(Span mean, std::function<void()> act) {
  if (mean == Span{0}) return;
  world_.time().after(world_.dice().about(mean), [this, mean, act = std::move(act)] {
    if (is_over_) return;
    act();
    repeat(mean, act);
  });
}

void FaultInjector::kill_server() { world_.kill_server(any(world_.count()), world_.dice().between(Span{0}, down_max)); }
void FaultInjector::kill_worker() { world_.kill_worker(any(world_.worker_count()), world_.dice().between(Span{0}, down_max)); }

void FaultInjector::drain_worker() {
  world_.drain_worker(any(world_.worker_count()), world_.dice().between(Span{0}, drain_max), world_.dice().between(Span{0}, down_max));
}

SimulatedProcess* FaultInjector::somebody() {
  const std::size_t index = any(world_.count() + world_.worker_count());
  if (index < world_.count()) {
    SimulatedServer* const server = world_.at(index);
    return server ? &server->process() : nullptr;
  }
  SimulatedWorker* const worker = world_.worker(index - world_.count());
  return worker ? &worker->process() : nullptr;
}

void FaultInjector::pause_somebody() {
  SimulatedProcess* const process = somebody();
  if (!process || process->is_paused()) return;
  process->pause();
  Dice& dice = world_.dice();
  const Span length = dice.chance(late_pauses) ? dice.between(late_pause_min, late_pause_max) : dice.between(milliseconds{100}, pause_max);
  // By its name, since it may be killed meanwhile.
  world_.time().after(length, [this, name = process->name()] {
    for (std::size_t i = 0; i < world_.count() + world_.worker_count(); ++i) {
      SimulatedServer* const server = i < world_.count() ? world_.at(i) : nullptr;
      SimulatedWorker* const worker = i < world_.count() ? nullptr : world_.worker(i - world_.count());
      if (server && server->process().name() == name && server->process().is_paused()) server->process().go_on();
      if (worker && worker->process().name() == name && worker->process().is_paused()) worker->process().go_on();
    }
  });
}

void FaultInjector::cut_somebody_off() {
  const std::size_t index = any(world_.count() + world_.worker_count());
  const Network::Host host = index < world_.count() ? world_.host(index) : world_.worker_host(index - world_.count());
  world_.time().trace.note(world_.time().passed(), host, "is cut off");
  world_.network().cut_off(host);
  world_.time().after(world_.dice().between(milliseconds{100}, cut_max), [this, host] { world_.network().join(host); });
}

void FaultInjector::set_a_clock() {
  constexpr std::array<milliseconds, 6> short_jumps = {milliseconds{0}, seconds{1}, -seconds{1}, hours{1}, -hours{1}, hours{11}};
  constexpr std::array<milliseconds, 3> long_jumps = {hours{24}, -hours{24}, hours{-72}};
  WallClock& wall = world_.walls()[any(world_.walls().size())];
  const bool is_long = world_.plan().clock_jumps_by_days && world_.dice().chance(0.5);
  wall.wrong_by = is_long ? long_jumps[any(long_jumps.size())] : short_jumps[any(short_jumps.size())];
  world_.time().trace.note(world_.time().passed(), "world", "a wall clock is set, wrong by hours", wall.wrong_by / hours{1});
}

void FaultInjector::lose_the_database() {
  if (world_.database_faults().is_away) return;
  world_.time().trace.note(world_.time().passed(), "database", "is away");
  world_.database_faults().is_away = true;
  world_.time().after(world_.dice().between(milliseconds{100}, away_max), [this] { world_.database_faults().is_away = false; });
}

}  // namespace orc::simulation
