#include "tests/simulation/fault_plan.h"

namespace orc::simulation {
namespace {

using std::chrono::seconds;

constexpr double calm_worlds = 0.04;
constexpr double worlds_with_a_fault = 0.45;  // for each kind of fault
constexpr double worlds_with_poison = 0.03;
constexpr double worlds_with_listeners = 0.4;

}  // namespace

FaultPlan FaultPlan::drawn(Dice& dice) {
  FaultPlan plan;
  plan.servers = static_cast<int>(dice.between(1, 3));
  plan.is_sole_owner = plan.servers == 1 && dice.chance(0.7);
  plan.slots_of_server = dice.chance(0.5) ? static_cast<int>(dice.between(1, 3)) : 0;
  plan.workers = static_cast<int>(dice.between(plan.slots_of_server > 0 ? 0 : 1, 4));
  plan.jobs = static_cast<int>(dice.between(8, 24));
  plan.faulty_time = dice.between(seconds{25}, seconds{75});
  plan.has_listeners = dice.chance(worlds_with_listeners);
  if (plan.has_listeners) plan.deliberations = static_cast<int>(dice.between(1, 4));
  if (dice.chance(calm_worlds)) return plan;

  const auto now_and_then = [&](Span& mean, seconds least, seconds most) {
    if (dice.chance(worlds_with_a_fault)) mean = dice.between(least, most);
  };
  now_and_then(plan.server_kills, seconds{8}, seconds{60});
  now_and_then(plan.worker_kills, seconds{5}, seconds{60});
  now_and_then(plan.worker_drains, seconds{10}, seconds{60});
  now_and_then(plan.pauses, seconds{3}, seconds{20});
  now_and_then(plan.partitions, seconds{8}, seconds{60});
  now_and_then(plan.clock_jumps, seconds{5}, seconds{40});
  now_and_then(plan.database_outages, seconds{15}, seconds{60});
  plan.clock_jumps_by_days = plan.clock_jumps > Span{0} && dice.chance(0.3);

  const auto sometimes = [&](double& share, double most) {
    if (dice.chance(worlds_with_a_fault)) share = dice.dice() * most;
  };
  sometimes(plan.lost_requests, 0.2);
  sometimes(plan.lost_answers, 0.2);
  sometimes(plan.doubled_requests, 0.2);
  sometimes(plan.lost_hints, 1.0);
  sometimes(plan.refused_changes, 0.2);
  sometimes(plan.lost_commits, 0.1);
  sometimes(plan.slow_answers, 0.3);
  sometimes(plan.cancelled_jobs, 0.3);
  if (dice.chance(worlds_with_poison)) plan.poison_jobs = 0.1;
  if (!plan.has_listeners) return plan;
  now_and_then(plan.broker_wipes, seconds{15}, seconds{60});
  sometimes(plan.refused_callbacks, 0.4);
  return plan;
}

bool FaultPlan::is_calm() const {
  for (const Span mean : {server_kills, worker_kills, worker_drains, pauses, partitions, clock_jumps, database_outages, broker_wipes})
    if (mean > Span{0}) return false;
  for (const double share :
       {lost_requests, lost_answers, doubled_requests, refused_changes, lost_commits, slow_answers, poison_jobs, refused_callbacks})
    if (share > 0) return false;
  return true;
}

}  // namespace orc::simulation
