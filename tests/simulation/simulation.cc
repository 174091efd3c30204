#include "tests/simulation/simulation.h"

#include <exception>

#include "tests/simulation/fault_injector.h"

namespace orc::simulation {
namespace {

using std::chrono::seconds;

constexpr seconds undone_after{20};  // what was down or on its way when the faults ended is back
constexpr seconds stuck_after{60};   // with nothing claimed, lost or ended: attacks are over, so something should be

void live_through(World& world, FaultInjector& injector) {
  SimulatedTime& time = world.time();
  const auto is_broken = [&] { return world.ledger().broken().has_value(); };
  world.begin();
  injector.begin();
  time.run_until(SimulatedTime::start + world.plan().faulty_time, is_broken);
  injector.stop();
  world.heal();
  const auto is_at_an_end = [&] { return is_broken() || world.is_over(); };
  for (std::int64_t before = -1; !is_at_an_end() && (before != world.progress() || world.wait_for_what_is_due());) {
    before = world.progress();
    time.run_until(time.now() + undone_after + stuck_after, is_at_an_end);
  }
}

}  // namespace

Outcome simulate(std::uint64_t seed, PlantedBug bug, Trace::Text text) {
  Trace trace(text);
  World world(seed, bug, trace);
  FaultInjector injector(world);
  Outcome outcome;
  try {
    live_through(world, injector);
    outcome.account = world.close();
    const Account& account = outcome.account;
    const bool lost_nothing = account.losses == 0 && account.given_back == 0;
    const bool refused_nothing = account.stale_ends_refused == 0 || world.plan().cancelled_jobs > 0;
    world.ledger().demand(!world.plan().is_calm() || (lost_nothing && refused_nothing),
                          [] { return std::string("a world without faults lost a worker, gave a run back or refused an end"); });
    outcome.broken = world.ledger().broken();
  } catch (const std::exception& fault) {
    outcome.broken = std::string("an exception got out: ") + fault.what();
  }
  outcome.simulated = world.time().passed();
  outcome.trace_number = trace.number();
  outcome.last_lines = trace.lines();
  return outcome;
}

std::string report(std::uint64_t seed, PlantedBug bug) {
  const Outcome outcome = simulate(seed, bug, Trace::Text::last_lines);
  std::string text;
  for (const std::string& line : outcome.last_lines) text += line + "\n";
  text += "seed " + std::to_string(seed) + ": " + outcome.broken.value_or("every promise held") + "\n";
  if (!outcome.broken) text += outcome.account.line() + "\n";
  return text;
}

}  // namespace orc::simulation
