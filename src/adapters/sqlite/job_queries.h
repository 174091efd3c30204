#pragma once

#include <map>
#include <optional>
#include <vector>

#include "adapters/sqlite/statement_catalog.h"
#include "ports/job_reader.h"

namespace orc::sqlite {

// JobQueries reads jobs and what belongs to them over one connection; used by the thread whose turn it is. Throws StorageFault. Each method
// as in JobReader; lists are in job_lists.h.
class JobQueries {
 public:
  JobQueries(Connection& connection, const StatementCatalog& catalog);

  Result<Job> get(JobId id);
  std::vector<std::optional<EarlierSubmission>> earlier_submissions(std::optional<UserId> owner, const std::vector<std::string>& keys,
                                                                    Timestamp now);
  JobCounts counts(std::optional<UserId> owner);
  std::vector<RunName> runs_of(WorkerId worker);
  Result<WaitingBefore> waiting_before(JobId id);
  std::vector<WorkerLoad> worker_loads();
  std::vector<Attempt> attempts(JobId id);
  std::vector<Artifact> artifacts(JobId id);
  LogPage log(JobId id, std::int64_t from, int limit);
  DeadLetterPage dead_letters(Page page);
  std::optional<std::chrono::milliseconds> oldest_wait(Timestamp now);

 private:
  Statement by_id_;
  Statement earlier_;
  Statement counts_of_owner_;
  Statement counts_of_all_;
  Statement runs_of_worker_;
  Statement waiting_before_;
  Statement job_exists_;
  Statement worker_loads_;
  Statement attempts_;
  Statement artifacts_;
  Statement log_line_count_;
  Statement log_chunks_;
  Statement dead_letter_count_;
  Statement dead_letter_page_;
  Statement oldest_due_;
  Statement is_former_user_;
};

}  // namespace orc::sqlite
