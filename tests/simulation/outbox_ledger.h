#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "tests/simulation/ledger.h"

namespace orc::simulation {

// OutboxLedger is told of everything that others heard of this world: ends of jobs, and events of deliberations. It hands what must not be
// to the ledger.
class OutboxLedger {
 public:
  explicit OutboxLedger(Ledger& ledger) : ledger_(ledger) {}

  // A receiver took this, under this name.
  void told(JobId job, JobStatus status, const std::string& name);

  // A broker keeps this event, which it did not have.
  void kept(EventId id, const std::string& deliberation, std::int64_t n);
  // And has lost everything that it kept.
  void lost_everything();

  // Rises as long as anything goes on.
  std::int64_t progress() const { return progress_; }

  // Whether nothing is left to be told.
  bool is_over(const MemoryState& state) const;

  // Holds what the database would still tell, or says that it has told, against what was heard.
  void close(const MemoryState& state, Account& account) const;

 private:
  Ledger& ledger_;
  std::map<JobId, std::string> told_;  // under which name
  std::map<std::string, std::int64_t> last_kept_;
  std::set<EventId> kept_;
  std::int64_t progress_ = 0;
  std::int64_t callbacks_ = 0, callbacks_again_ = 0, wipes_ = 0;
};

}  // namespace orc::simulation
