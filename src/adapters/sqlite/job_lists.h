#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "adapters/sqlite/job_queries.h"
#include "adapters/sqlite/run_merge.h"
#include "adapters/sqlite/statement_catalog.h"
#include "ports/job_reader.h"

namespace orc::sqlite {

// JobLists finds pages of jobs, newest first, with exact totals, over one connection; used by the thread whose turn it is. Throws
// StorageFault.
//
// There is one index for lists, (owner, plugin name, stage, id), because every index costs each submission. The counters name the runs
// of that index that a filter touches, so that a page is a merge of a few runs; without a filter it is a walk over the primary key. A
// page beyond the middle is found from the other end. Queued and processing jobs are one stage, told apart by the few that are processing.
class JobLists {
 public:
  JobLists(Connection& connection, const StatementCatalog& catalog, JobQueries& jobs);

  // As JobReader::list. Precondition: one read transaction around it.
  JobPage list(const JobFilter& filter, Page page);

 private:
  // What a filter comes to.
  struct Selection {
    std::optional<std::int64_t> owner;
    std::optional<std::int64_t> name;
    std::optional<JobStatus> status;
    std::vector<JobRun> runs;  // where all that match are
    std::int64_t total = 0;
  };

  // Which jobs, counted from which end.
  struct Window {
    Direction direction;
    std::int64_t skip;
    std::int64_t limit;
  };

  // With more runs than this it pays to look among the newest jobs first, as long as that is the cheaper of the two.
  static constexpr std::size_t merged_gladly_max = 32;
  static constexpr std::size_t looked_at_for_each_run = 10;
  static constexpr std::size_t looked_at_max = 20'000;

  static std::int64_t on_page(const Selection& selection, Page page);
  void recount(Selection& selection);
  std::optional<Selection> select(const JobFilter& filter);
  std::vector<JobId> find(const Selection& selection, Page page);
  std::vector<JobId> collect(Statement& down, Statement& up, Window window, const JobRun* run);
  std::vector<JobId> merge(const Selection& selection, Window window);
  std::vector<JobId> newest_matching(const Selection& selection, Page page);
  std::vector<JobId> processing(const Selection& selection);

  JobQueries& jobs_;
  Statement name_id_;
  Statement is_former_user_;
  Statement counters_of_owner_;
  Statement counters_of_name_;
  Statement counters_of_all_;
  Statement run_page_down_;
  Statement run_page_up_;
  Statement run_length_;
  Statement run_below_;
  Statement run_above_;
  Statement all_page_down_;
  Statement all_page_up_;
  Statement newest_matching_;
  Statement processing_;
};

}  // namespace orc::sqlite
