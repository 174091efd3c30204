#pragma once

#include <string>
#include <vector>

#include "adapters/sqlite/statement_catalog.h"
#include "ports/callback_store.h"

namespace orc::sqlite {

// CallbackWrites changes the outbox of ends of jobs; each method as in CallbackStore. Writer's thread only.
class CallbackWrites {
 public:
  CallbackWrites(Connection& connection, const StatementCatalog& catalog);

  std::vector<DueCallback> claim(const std::string& origin, int count, Timestamp now);
  void record(const CallbackTry& tried, Timestamp now);

 private:
  Statement due_;
  Statement begin_try_;
  Statement record_try_;
};

// CallbackQueries reads it. Used by one thread at a time.
class CallbackQueries {
 public:
  CallbackQueries(Connection& connection, const StatementCatalog& catalog);

  bool some_is_due(const std::string& origin, Timestamp now) { return some_is_due_.any(origin, now); }
  std::int64_t waiting() { return waiting_.number(); }
  std::vector<CallbackDelivery> of(JobId job);

 private:
  Statement some_is_due_;
  Statement waiting_;
  Statement of_job_;
};

}  // namespace orc::sqlite
