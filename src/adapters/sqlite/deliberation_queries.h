#pragma once

#include <string_view>
#include <vector>

#include "adapters/sqlite/statement_catalog.h"
#include "ports/deliberation_store.h"

namespace orc::sqlite {

// DeliberationQueries reads deliberations over one connection; used by the thread whose turn it is. Throws StorageFault. Each method as in
// DeliberationStore.
class DeliberationQueries {
 public:
  DeliberationQueries(Connection& connection, const StatementCatalog& catalog);

  Result<DeliberationMark> mark(std::string_view id);
  Result<Deliberation> get(std::string_view id);
  std::vector<FinishedCall> calls(std::string_view id);
  std::vector<RunningJob> running_jobs(std::string_view after, int count);
  std::vector<std::string> ids_running(std::string_view after, int count);
  std::vector<std::string> orphans(int count);
  std::int64_t page_bytes(const DeliberationFilter& filter);
  Result<DeliberationPage> list(const DeliberationFilter& filter);
  DeliberationCounts counts();
  DeliberationUsage usage(std::optional<UserId> owner);
  std::int64_t tokens_since(UserId owner, Timestamp since);

 private:
  Statement mark_;
  Statement by_id_;
  Statement calls_;
  Statement running_jobs_;
  Statement ids_running_;
  Statement orphans_;
  Statement page_bytes_;
  Statement page_bytes_of_owner_;
  Statement page_;
  Statement page_total_;
  Statement page_of_owner_;
  Statement page_total_of_owner_;
  Statement counts_;
  Statement usage_;
  Statement tokens_since_;
};

}  // namespace orc::sqlite
