#pragma once

#include <functional>
#include <string>

#include "tests/fakes/memory_callback_store.h"
#include "tests/fakes/memory_deliberation_store.h"
#include "tests/fakes/memory_event_outbox.h"

namespace orc::simulation {

// Mistakes that a simulation must find, planted into the store that it is given.
enum class PlantedBug : std::uint8_t {
  none,
  fence_is_not_checked,       // finish() takes any end of a job that is processing
  claim_ignores_removal,      // a worker that was taken for dead may still win jobs, which nobody rescues
  keys_are_forgotten,         // a repeated submission makes another job
  callbacks_are_noted_first,  // what is claimed counts as delivered before it was tried
  events_are_noted_first,     // what is read for publishing counts as published
};

// ObservedOutbox is what the database keeps for others to be told: ends of jobs, and events of deliberations.
class ObservedOutbox {
 public:
  // `lives`: whether the process of that name does.
  ObservedOutbox(MemoryState& state, std::function<bool(const std::string&)> lives, PlantedBug bug)
      : callbacks_(state), deliberations_(state), events_(state), lives_(std::move(lives)), bug_(bug) {}

  Async<std::vector<DueCallback>> claim(std::string origin, int count);
  Async<void> record(CallbackTry tried) { return callbacks_.record(std::move(tried)); }

  Async<std::vector<StoredEvent>> unpublished(int count);

  // The first process that asks has it until it is dead.
  Async<bool> take_seat(std::string process);

  CallbackStore& callbacks() { return callbacks_; }
  DeliberationStore& deliberations() { return deliberations_; }
  EventOutbox& events() { return events_; }

 private:
  MemoryCallbackStore callbacks_;
  MemoryDeliberationStore deliberations_;
  MemoryEventOutbox events_;
  const std::function<bool(const std::string&)> lives_;
  const PlantedBug bug_;
  std::string seat_;  // whose it is
};

}  // namespace orc::simulation
