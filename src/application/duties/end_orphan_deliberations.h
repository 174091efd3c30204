#pragma once

#include "application/duties/duty.h"
#include "ports/deliberation_signals.h"
#include "ports/deliberation_store.h"

namespace orc {

// EndOrphanDeliberations cancels the deliberations of users that were removed: nobody could read them any more, and each call costs
// something.
class EndOrphanDeliberations final : public Duty {
 public:
  static constexpr int batch = 100;  // a round

  EndOrphanDeliberations(DeliberationStore& store, DeliberationSignals& signals) : store_(store), signals_(signals) {}

  std::string_view name() const override { return "end_orphan_deliberations"; }
  std::chrono::milliseconds interval() const override { return std::chrono::seconds{1}; }
  Async<void> run_once() override;

 private:
  DeliberationStore& store_;
  DeliberationSignals& signals_;
};

}  // namespace orc
