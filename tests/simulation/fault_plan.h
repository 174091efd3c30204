#pragma once

#include "tests/simulation/dice.h"

namespace orc::simulation {

// FaultPlan is what may go wrong in one simulated world, and how the world is built. Each seed draws one: most worlds know only some of the
// faults, so that each is also seen without the noise of the others.
struct FaultPlan {
  static FaultPlan drawn(Dice& dice);

  // The world.
  int servers = 1;
  bool is_sole_owner = true;  // one server that owns its data folder, as on SQLite: it takes its predecessor's work over at once
  int slots_of_server = 0;    // of the worker inside each server; 0: none
  int workers = 2;            // elsewhere
  int jobs = 30;
  bool has_listeners = false;  // somebody is told of ends of jobs, and of events
  int deliberations = 0;
  Span faulty_time{};  // from the start until the last fault

  // Mean time between two of a kind; zero: never.
  Span server_kills{};
  Span worker_kills{};
  Span worker_drains{};
  Span pauses{};
  Span partitions{};
  Span clock_jumps{};
  Span database_outages{};
  Span broker_wipes{};  // if there are listeners, as for the next one
  bool clock_jumps_by_days = false;

  // Shares of single messages.
  double lost_requests = 0;
  double lost_answers = 0;
  double doubled_requests = 0;
  double lost_hints = 0;       // from one server to another
  double refused_changes = 0;  // by the database: unavailable, and nothing has changed
  double lost_commits = 0;     // unavailable, though it took place
  double slow_answers = 0;
  double cancelled_jobs = 0;
  double poison_jobs = 0;  // kill their worker
  double refused_callbacks = 0;

  bool is_calm() const;  // nothing of all that
};

}  // namespace orc::simulation
