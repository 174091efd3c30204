#include "adapters/sqlite/retention_writes.h"

#include <string>
#include <utility>
#include <vector>

#include "domain/assert.h"

namespace orc::sqlite {

RetentionWrites::RetentionWrites(Connection& connection, const StatementCatalog& catalog, JobRemoval& removal, PluginWrites& plugins,
                                 PlacementClasses& classes, AuditWrites& audit)
    : removal_(removal),
      plugins_(plugins),
      classes_(classes),
      audit_(audit),
      jobs_to_prune_(catalog.prepare(connection, "jobs_to_prune")),
      prune_logs_(catalog.prepare(connection, "prune_logs")),
      prune_logs_beyond_(catalog.prepare(connection, "prune_logs_beyond")),
      prune_events_(catalog.prepare(connection, "prune_events")),
      prune_audit_(catalog.prepare(connection, "prune_audit")),
      keys_to_prune_(catalog.prepare(connection, "keys_to_prune")),
      prune_key_(catalog.prepare(connection, "prune_key")) {}

int RetentionWrites::prune_jobs(Timestamp cutoff, int count) {
  std::vector<JobId> old;
  jobs_to_prune_.for_each([&](Row row) { old.push_back(row.as<JobId>(0)); }, cutoff, count);
  for (const JobId id : old) ORC_ASSERT(removal_.remove(id).has_value());
  const auto removed = static_cast<int>(old.size());
  if (removed > 0 && removed < count) plugins_.tidy();
  return removed;
}

int RetentionWrites::prune_audit(Timestamp cutoff, int count) {
  const int removed = prune_audit_.execute(cutoff, count);
  if (removed > 0) audit_.forget();
  return removed;
}

// What plugins leave behind that are no more goes with the keys, which are pruned whatever else is kept for ever.
int RetentionWrites::prune_idempotency_keys(Timestamp cutoff, int count) {
  classes_.tidy();
  std::vector<std::pair<std::int64_t, std::string>> old;
  keys_to_prune_.for_each([&](Row row) { old.emplace_back(row.integer(0), row.text(1)); }, cutoff, count);
  for (const auto& [owner, key] : old) prune_key_.execute(owner, key);
  return static_cast<int>(old.size());
}

}  // namespace orc::sqlite
