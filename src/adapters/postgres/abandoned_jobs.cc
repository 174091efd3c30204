#include "adapters/postgres/abandoned_jobs.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "adapters/postgres/job_life.h"

namespace orc::postgres {
namespace {

constexpr std::int64_t batch_max = 200;

}  // namespace

void take_back_abandoned(Transaction& transaction, Timestamp now) {
  std::vector<JobId> ids;
  for (const Row row : transaction.ask("abandoned_jobs", now, batch_max)) ids.push_back(row.as<JobId>(0));
  if (ids.empty()) return;
  std::ranges::sort(ids);
  JobChanges changes;
  changes.load(transaction, ids);
  Rescue rescue;
  for (const JobId id : ids)
    if (const StoredJob* job = changes.find(id); job && !job->course.worker) lose_worker(changes, id, WorkerEnd::fell_silent, rescue, now);
  changes.write(transaction);
  if (!rescue.requeued.empty()) transaction.send("signal", std::string_view("w"));
}

}  // namespace orc::postgres
