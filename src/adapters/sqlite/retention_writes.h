#pragma once

#include "adapters/sqlite/audit_writes.h"
#include "adapters/sqlite/job_removal.h"
#include "adapters/sqlite/plugin_writes.h"

namespace orc::sqlite {

// RetentionWrites removes what is old; each method as in Retention. Writer's thread only.
class RetentionWrites {
 public:
  RetentionWrites(Connection& connection, const StatementCatalog& catalog, JobRemoval& removal, PluginWrites& plugins,
                  PlacementClasses& classes, AuditWrites& audit);

  int prune_jobs(Timestamp cutoff, int count);
  int prune_logs(Timestamp cutoff, int count) { return prune_logs_.execute(cutoff, count); }
  int prune_logs_beyond(std::int64_t bytes_max, int count) { return prune_logs_beyond_.execute(bytes_max, count); }
  int prune_events(Timestamp cutoff, int count) { return prune_events_.execute(cutoff, count); }
  int prune_audit(Timestamp cutoff, int count);
  int prune_idempotency_keys(Timestamp cutoff, int count);

 private:
  JobRemoval& removal_;
  PluginWrites& plugins_;
  PlacementClasses& classes_;
  AuditWrites& audit_;
  Statement jobs_to_prune_;
  Statement prune_logs_;
  Statement prune_logs_beyond_;
  Statement prune_events_;
  Statement prune_audit_;
  Statement keys_to_prune_;
  Statement prune_key_;
};

}  // namespace orc::sqlite
