#include "adapters/sqlite/job_ids.h"

#include <algorithm>
#include <utility>

namespace orc::sqlite {

JobIds::JobIds(Connection& connection, const StatementCatalog& catalog)
    : highest_job_(catalog.prepare(connection, "highest_job")),
      floor_(catalog.prepare(connection, "id_floor")),
      raise_floor_(catalog.prepare(connection, "raise_id_floor")) {}

JobId JobIds::next() { return JobId{++state().last_id}; }

Timestamp JobIds::created_at(Timestamp now) { return state().last_time = std::max(state().last_time, now); }

void JobIds::removed(JobId id) { state().removed_id = std::max(state().removed_id, std::to_underlying(id)); }

void JobIds::before_commit() {
  if (!state_ || state_->removed_id == 0) return;
  raise_floor_.execute(std::exchange(state_->removed_id, 0));
}

JobIds::State& JobIds::state() {
  if (state_) return *state_;
  State read;
  highest_job_.for_each([&](Row row) {
    read.last_id = row.integer(0);
    read.last_time = row.time(1);
  });
  read.last_id = std::max(read.last_id, floor_.number());
  return state_.emplace(read);
}

}  // namespace orc::sqlite
