#pragma once

#include "application/duties/duty.h"
#include "ports/clock.h"
#include "ports/retention.h"

namespace orc {

// How long things are kept; zero keeps for ever (contract section 10).
struct RetentionPeriods {
  std::chrono::seconds jobs{std::chrono::days{30}};
  std::chrono::seconds logs{std::chrono::days{7}};
  std::chrono::seconds events{std::chrono::days{1}};  // after they were published, or stored if nobody publishes them
  std::chrono::seconds audit{std::chrono::days{365}};
  std::int64_t log_bytes_max = 0;  // of all logs together as they are stored; the oldest go first; zero: any
};

// PruneOldRows removes what nobody wants to keep, in small batches between which submissions get their turn. Each kind by itself: the error
// of a round names all that failed.
class PruneOldRows final : public Duty {
 public:
  static constexpr int batch_rows = 100;          // one transaction of about a millisecond (bench/, prune)
  static constexpr int log_batch_rows = 5'000;    // of logs that are too large together
  static constexpr int batches_per_round = 2000;  // so that one kind never starves the others

  PruneOldRows(Retention& retention, Clock& clock, RetentionPeriods periods) : retention_(retention), clock_(clock), periods_(periods) {}

  std::string_view name() const override { return "prune_old_rows"; }
  std::chrono::milliseconds interval() const override { return std::chrono::minutes{1}; }
  Async<void> run_once() override;

 private:
  using Prune = Async<int> (Retention::*)(Timestamp, int);
  Async<void> prune(Prune method, std::chrono::seconds period);
  Async<void> prune_large_logs();

  Retention& retention_;
  Clock& clock_;
  const RetentionPeriods periods_;
};

}  // namespace orc
