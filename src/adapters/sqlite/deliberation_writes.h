#pragma once

#include <string_view>

#include "adapters/deliberation_json/deliberation_text.h"
#include "adapters/sqlite/event_rows.h"
#include "adapters/sqlite/statement_catalog.h"
#include "ports/deliberation_store.h"

namespace orc::sqlite {

// What is written of a deliberation that is new: its texts are made before, on the caller's thread.
struct DeliberationInsert {
  std::string id;
  std::optional<UserId> owner;
  std::string preset;
  StoredText request;
  std::string plan;
  std::string task_id;
  std::string role;
  std::optional<std::int64_t> token_budget;
};

// DeliberationWrites changes deliberations and appends the events that tell of it; each method as in DeliberationStore. Writer's thread
// only.
class DeliberationWrites {
 public:
  DeliberationWrites(Connection& connection, const StatementCatalog& catalog, EventWrites& events);

  Result<Timestamp> add(const DeliberationInsert& deliberation, Timestamp now);
  Result<void> record(std::string_view id, const FinishedCall& call, Timestamp now);
  Result<void> record_after_cancel(std::string_view id, const FinishedCall& call, Timestamp now);
  int prune(Timestamp cutoff, int count);
  Result<void> end(std::string_view id, DeliberationStatus status, const StoredText& outcome, Timestamp now);
  Result<void> tell(std::string_view id, const std::vector<DeliberationEvent>& events, Timestamp now);
  Result<void> tell_again(const std::string& id, const std::vector<DeliberationEvent>& events, Timestamp now);

 private:
  struct State {
    std::int64_t number;
    DeliberationStatus status;
    Timestamp created_at;
    UserId owner;  // nobodys_usage: nobody
  };
  // Errors: not_found; conflict, if it has another status.
  Result<State> in_status(std::string_view id, DeliberationStatus status);
  Result<void> append_call(const State& state, const FinishedCall& call, Timestamp now);

  EventWrites& events_;
  Statement state_;
  Statement add_;
  Statement is_recorded_;
  Statement record_;
  Statement count_call_;
  Statement end_;
  Statement count_;
  Statement count_usage_;
  Statement prune_events_;
  Statement prune_results_;
  Statement prune_;
};

}  // namespace orc::sqlite
