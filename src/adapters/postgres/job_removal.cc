#include "adapters/postgres/job_removal.h"

#include "adapters/postgres/status_label.h"

namespace orc::postgres {

int remove_jobs(Transaction& transaction, const std::vector<JobId>& ids) {
  const Rows removed = transaction.ask("remove_jobs", ids);
  if (removed.empty()) return 0;
  for (const Row row : removed) transaction.counters().add(row.integer(0), row.bytes(1), status_of_label(row.bytes(2)), -1);
  for (const char* statement : {"remove_attempts", "remove_artifacts", "remove_logs", "remove_job_blobs", "remove_dead_letters",
                                "remove_callbacks", "remove_keys_of_jobs"})
    transaction.send(statement, ids);
  return removed.size();
}

}  // namespace orc::postgres
