#include "adapters/postgres/orphans.h"

#include <string>
#include <vector>

#include "adapters/postgres/job_life.h"

namespace orc::postgres {
namespace {

struct Removal {
  std::string kind;
  std::int64_t id = 0;
  std::string name;
  std::int64_t revision = 0;  // another one after each change of its row

  bool is_user() const { return kind == "user"; }
};

std::vector<JobId> orphans_of(Transaction& transaction, const Removal& removal, std::int64_t count) {
  const Rows rows = removal.is_user() ? transaction.ask("unfinished_jobs_of_user", removal.id, count)
                                      : transaction.ask("queued_jobs_of_plugin", removal.name, removal.id, count);
  std::vector<JobId> ids;
  for (const Row row : rows) ids.push_back(row.as<JobId>(0));
  return ids;
}

// Whatever somebody else has ended in between stays as it is.
void end_one(JobChanges& changes, JobId id, const Removal& removal, EndedOrphans& ended, Timestamp now) {
  const StoredJob* const job = changes.find(id);
  if (!job) return;
  const JobStatus before = job->course.status;
  if (removal.is_user()) {
    if (!cancel(changes, id, now)) return;
  } else {
    if (before != JobStatus::queued) return;
    withdraw(changes, id, removal.name, now);
  }
  if (before == JobStatus::processing) ++ended.attempts_cancelled;
  ended.jobs.push_back(id);
}

}  // namespace

// Who puts a job back into the queue changes the row of a removal too, so a removal whose row has changed since we looked stays open: none
// is overlooked. Rows of jobs are locked before those of removals, here as there.
EndedOrphans end_orphans(Transaction& transaction, int count, Timestamp now) {
  EndedOrphans ended;
  std::vector<std::string> kinds_done;
  std::vector<std::int64_t> ids_done, revisions_done;
  while (std::ssize(ended.jobs) < count) {
    const Rows open = transaction.ask("open_removal", kinds_done, ids_done);
    if (open.empty()) break;
    const Removal removal{.kind = open[0].text(0), .id = open[0].integer(1), .name = open[0].text(2), .revision = open[0].integer(3)};
    const std::int64_t wanted = count - std::ssize(ended.jobs);
    const auto ids = orphans_of(transaction, removal, wanted);
    if (!ids.empty()) {
      JobChanges changes;
      changes.load(transaction, ids);
      for (const JobId id : ids) end_one(changes, id, removal, ended, now);
      changes.write(transaction);
    }
    if (std::ssize(ids) == wanted) continue;
    kinds_done.push_back(removal.kind);
    ids_done.push_back(removal.id);
    revisions_done.push_back(removal.revision);
  }
  if (!ids_done.empty()) transaction.send("close_removals", kinds_done, ids_done, revisions_done);
  return ended;
}

}  // namespace orc::postgres
