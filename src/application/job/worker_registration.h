#pragma once

#include "ports/work_source.h"

namespace orc {

// WorkerRegistration is this process's place among the workers. On one thread.
class WorkerRegistration {
 public:
  explicit WorkerRegistration(WorkSource& source) : source_(source) {}

  WorkerRegistration(const WorkerRegistration&) = delete;
  WorkerRegistration& operator=(const WorkerRegistration&) = delete;

  // Takes a place. Errors: unavailable.
  Async<void> sign_on(NewWorker worker);

  // Shows that we live and hold `held`. If we were taken for dead meanwhile - a full disk can hold a beat back for longer than a lease - a
  // new place is taken: what we still run will be refused when it ends, and what we claim from now on is ours. Errors: unavailable.
  Async<void> beat(std::vector<RunName> held);

  // Gives the place up for good; its jobs must have been given back. Errors: unavailable.
  Async<void> sign_off();

  // The place that claims are made with; another one after a beat that came too late. Only after sign_on().
  WorkerId id() const { return id_; }

 private:
  WorkSource& source_;
  NewWorker worker_;
  WorkerId id_{};
  bool signed_off_ = false;
};

}  // namespace orc
