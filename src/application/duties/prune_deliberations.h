#pragma once

#include "application/duties/duty.h"
#include "ports/clock.h"
#include "ports/deliberation_store.h"

namespace orc {

// PruneDeliberations removes ended deliberations that nobody wants to keep, in small batches between which others get their turn.
class PruneDeliberations final : public Duty {
 public:
  static constexpr int batch_rows = 100;
  static constexpr int batches_per_round = 2000;

  // Zero keeps for ever.
  PruneDeliberations(DeliberationStore& store, Clock& clock, std::chrono::seconds kept) : store_(store), clock_(clock), kept_(kept) {}

  std::string_view name() const override { return "prune_deliberations"; }
  std::chrono::milliseconds interval() const override { return std::chrono::minutes{1}; }
  Async<void> run_once() override;

 private:
  DeliberationStore& store_;
  Clock& clock_;
  const std::chrono::seconds kept_;
};

}  // namespace orc
