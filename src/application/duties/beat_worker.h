#pragma once

#include <functional>
#include <utility>
#include <vector>

#include "application/duties/duty.h"
#include "application/job/worker_registration.h"

namespace orc {

// BeatWorker shows that this process's worker lives, and what it holds.
class BeatWorker final : public Duty {
 public:
  BeatWorker(WorkerRegistration& registration, std::function<std::vector<RunName>()> held)
      : registration_(registration), held_(std::move(held)) {}

  std::string_view name() const override { return "beat_worker"; }
  std::chrono::milliseconds interval() const override { return worker_beat; }
  Async<void> run_once() override { return registration_.beat(held_()); }

 private:
  WorkerRegistration& registration_;
  const std::function<std::vector<RunName>()> held_;
};

}  // namespace orc
