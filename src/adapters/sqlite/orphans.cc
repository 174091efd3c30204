#include "adapters/sqlite/orphans.h"

#include <vector>

#include "domain/assert.h"

namespace orc::sqlite {
namespace {

// Collected before anything changes, as the change would move rows under the cursor.
template <typename T, typename... Values>
std::vector<T> column_of(Statement& statement, const Values&... values) {
  std::vector<T> column;
  statement.for_each([&](Row row) { column.push_back(row.as<T>(0)); }, values...);
  return column;
}

}  // namespace

Orphans::Orphans(Connection& connection, const StatementCatalog& catalog, JobLife& life, Counters& counters)
    : life_(life),
      counters_(counters),
      next_user_(catalog.prepare(connection, "user_with_orphans")),
      next_plugin_(catalog.prepare(connection, "plugin_with_orphans")),
      names_of_owner_(catalog.prepare(connection, "names_of_owner")),
      owners_of_name_(catalog.prepare(connection, "owners_of_name")),
      jobs_of_owner_(catalog.prepare(connection, "unfinished_jobs_of")),
      jobs_of_plugin_(catalog.prepare(connection, "queued_jobs_of_plugin")),
      forget_user_(catalog.prepare(connection, "forget_user_with_orphans")),
      forget_plugin_(catalog.prepare(connection, "forget_plugin_with_orphans")) {}

EndedOrphans Orphans::end(std::size_t count, Timestamp now) {
  EndedOrphans ended;
  while (ended.jobs.size() < count) {
    const auto read_plugin = [](Row row) {
      return RemovedPlugin{.id = row.as<PluginId>(0), .name_id = row.integer(1), .name = row.text(2), .last_job = row.as<JobId>(3)};
    };
    if (const auto user = next_user_.first([](Row row) { return row.as<UserId>(0); })) {
      end_jobs_of(*user, count, ended, now);
    } else if (const auto plugin = next_plugin_.first(read_plugin)) {
      end_jobs_of(*plugin, count, ended, now);
    } else {
      break;
    }
  }
  return ended;
}

void Orphans::end_jobs_of(UserId user, std::size_t count, EndedOrphans& ended, Timestamp now) {
  counters_.flush();
  for (const auto name : column_of<std::int64_t>(names_of_owner_, user, JobStatus::queued, JobStatus::processing))
    for (const JobId id : column_of<JobId>(jobs_of_owner_, user, name, count - ended.jobs.size())) {
      const auto before = life_.cancel(id, now);
      ORC_ASSERT(before.has_value());
      if (*before == JobStatus::processing) ++ended.attempts_cancelled;
      ended.jobs.push_back(id);
    }
  if (ended.jobs.size() < count) forget_user_.execute(user);
}

void Orphans::end_jobs_of(const RemovedPlugin& plugin, std::size_t count, EndedOrphans& ended, Timestamp now) {
  counters_.flush();
  for (const auto owner : column_of<std::int64_t>(owners_of_name_, plugin.name_id, JobStatus::queued))
    for (const JobId id : column_of<JobId>(jobs_of_plugin_, owner, plugin.name_id, plugin.last_job, JobStatus::queued, plugin.id,
                                           count - ended.jobs.size())) {
      life_.withdraw(id, plugin.name, now);
      ended.jobs.push_back(id);
    }
  if (ended.jobs.size() < count) forget_plugin_.execute(plugin.id);
}

}  // namespace orc::sqlite
