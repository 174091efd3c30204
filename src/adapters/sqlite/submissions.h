#pragma once

#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "adapters/sqlite/counters.h"
#include "adapters/sqlite/job_ids.h"
#include "adapters/sqlite/live_references.h"
#include "adapters/sqlite/share_turns.h"
#include "adapters/sqlite/statement_catalog.h"
#include "ports/job_store.h"

namespace orc::sqlite {

// Submissions writes new jobs. Writer's thread only.
class Submissions {
 public:
  Submissions(Connection& connection, const StatementCatalog& catalog, LiveReferences& live, JobIds& ids, Counters& counters,
              ShareTurns& turns);

  // As JobStore::submit.
  SubmitOutcome submit(const std::vector<NewJob>& jobs, Timestamp now);

 private:
  // What is known of one job before anything is written.
  struct Plan {
    std::int64_t name = 0;
    PlacementClassId of_class{};
    std::optional<SubmittedJob> earlier;      // made by another submission
    std::optional<std::size_t> earlier_here;  // index of the same one in this batch
    bool takes_batch_key = false;             // the key of the batch is new
    bool is_new() const { return !earlier && !earlier_here; }
  };

  // Where each key, with its owner, stands first in the batch.
  using KeysHere = std::map<std::pair<std::int64_t, std::string_view>, std::size_t>;

  std::expected<std::vector<Plan>, SubmitRefusal> plan(const std::vector<NewJob>& jobs, Timestamp now);
  // What a job must find in the database to be made.
  std::expected<void, SubmitRefusal> check(const NewJob& job, std::size_t index, Plan& plan);
  Result<void> find_repeat(const std::vector<NewJob>& jobs, std::size_t index, Timestamp now, KeysHere& keys, Plan& plan);
  // Whether `key` of `owner` names a job already. Errors: as key_reused().
  Result<std::optional<SubmittedJob>> find_earlier(std::int64_t owner, const Idempotency& key, Timestamp now);
  SubmittedJob write(const NewJob& job, const Plan& plan, Timestamp now);

  LiveReferences& live_;
  JobIds& ids_;
  Counters& counters_;
  ShareTurns& turns_;
  Statement add_job_;
  Statement add_input_;
  Statement add_blob_;
  Statement upload_;
  Statement earlier_;
  Statement remember_;
};

}  // namespace orc::sqlite
