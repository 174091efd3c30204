#pragma once

#include "application/duties/duty.h"
#include "application/job/worker_registration.h"

namespace orc {

// BeatWorker shows that this process's worker lives.
class BeatWorker final : public Duty {
 public:
  explicit BeatWorker(WorkerRegistration& registration) : registration_(registration) {}

  std::string_view name() const override { return "beat_worker"; }
  std::chrono::milliseconds interval() const override { return std::chrono::seconds{3}; }  // design.md: lease 10 s, beat 3 s
  Async<void> run_once() override { return registration_.beat(); }

 private:
  WorkerRegistration& registration_;
};

}  // namespace orc
