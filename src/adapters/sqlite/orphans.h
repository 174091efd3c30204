#pragma once

#include <cstddef>
#include <string>

#include "adapters/sqlite/counters.h"
#include "adapters/sqlite/job_life.h"
#include "adapters/sqlite/statement_catalog.h"
#include "ports/job_store.h"

namespace orc::sqlite {

// Orphans ends the jobs that removed users and plugins have left, as many at a time as the caller has patience for. Who removes one notes
// it in users_with_orphans or plugins_with_orphans. Writer's thread only.
class Orphans {
 public:
  Orphans(Connection& connection, const StatementCatalog& catalog, JobLife& life, Counters& counters);

  // As JobStore::end_orphans.
  EndedOrphans end(std::size_t count, Timestamp now);

 private:
  struct RemovedPlugin {
    PluginId id{};
    std::int64_t name_id = 0;
    std::string name;
    JobId last_job{};
  };

  // Each ends jobs of one until there are `count` in `ended`, or else none is left, and then forgets the user or plugin.
  void end_jobs_of(UserId user, std::size_t count, EndedOrphans& ended, Timestamp now);
  void end_jobs_of(const RemovedPlugin& plugin, std::size_t count, EndedOrphans& ended, Timestamp now);

  JobLife& life_;
  Counters& counters_;
  Statement next_user_;
  Statement next_plugin_;
  Statement names_of_owner_;
  Statement owners_of_name_;
  Statement jobs_of_owner_;
  Statement jobs_of_plugin_;
  Statement forget_user_;
  Statement forget_plugin_;
};

}  // namespace orc::sqlite
