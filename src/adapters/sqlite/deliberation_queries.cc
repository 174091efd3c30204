#include "adapters/sqlite/deliberation_queries.h"

#include "adapters/deliberation_json/deliberation_columns.h"

namespace orc::sqlite {
namespace {

// Into `all`; the first that cannot be read is told.
template <typename T>
void gather(Result<T> one, Result<std::vector<T>>& all) {
  if (!all) return;
  if (one)
    all->push_back(std::move(*one));
  else
    all = pass_on(one);
}

}  // namespace

DeliberationQueries::DeliberationQueries(Connection& connection, const StatementCatalog& catalog)
    : mark_(catalog.prepare(connection, "deliberation_mark")),
      by_id_(catalog.prepare(connection, "deliberation_by_id")),
      calls_(catalog.prepare(connection, "agent_results")),
      running_jobs_(catalog.prepare(connection, "jobs_that_run")),
      ids_running_(catalog.prepare(connection, "ids_of_deliberations_that_run")),
      orphans_(catalog.prepare(connection, "orphaned_deliberations")),
      page_bytes_(catalog.prepare(connection, "deliberation_page_bytes")),
      page_bytes_of_owner_(catalog.prepare(connection, "deliberation_page_bytes_of_owner")),
      page_(catalog.prepare(connection, "deliberation_page")),
      page_total_(catalog.prepare(connection, "deliberation_page_total")),
      page_of_owner_(catalog.prepare(connection, "deliberation_page_of_owner")),
      page_total_of_owner_(catalog.prepare(connection, "deliberation_page_total_of_owner")),
      counts_(catalog.prepare(connection, "deliberation_counts")),
      usage_(catalog.prepare(connection, "deliberation_usage")),
      tokens_since_(catalog.prepare(connection, "deliberation_tokens_since")) {}

Result<DeliberationMark> DeliberationQueries::mark(std::string_view id) {
  const auto found = mark_.first(deliberation_mark_of<Row>, id);
  if (!found) return fail(ErrorCode::not_found, "Deliberation not found");
  return *found;
}

Result<Deliberation> DeliberationQueries::get(std::string_view id) {
  auto found = by_id_.first(deliberation_of<Row>, id);
  if (!found) return fail(ErrorCode::not_found, "Deliberation not found");
  return std::move(*found);
}

std::vector<FinishedCall> DeliberationQueries::calls(std::string_view id) {
  std::vector<FinishedCall> all;
  calls_.for_each([&](Row row) { all.push_back(whole_call_of(row)); }, id);
  return all;
}

std::vector<RunningJob> DeliberationQueries::running_jobs(std::string_view after, int count) {
  std::vector<RunningJob> all;
  running_jobs_.for_each([&](Row row) { all.push_back(running_job_of(row)); }, after, count);
  return all;
}

std::vector<std::string> DeliberationQueries::ids_running(std::string_view after, int count) {
  std::vector<std::string> ids;
  ids_running_.for_each([&](Row row) { ids.push_back(row.text(0)); }, after, count);
  return ids;
}

std::vector<std::string> DeliberationQueries::orphans(int count) {
  std::vector<std::string> ids;
  orphans_.for_each([&](Row row) { ids.push_back(row.text(0)); }, count);
  return ids;
}

std::int64_t DeliberationQueries::page_bytes(const DeliberationFilter& filter) {
  if (filter.owner) return page_bytes_of_owner_.number(*filter.owner, filter.status, filter.limit, filter.skip);
  return page_bytes_.number(filter.status, filter.limit, filter.skip);
}

Result<DeliberationPage> DeliberationQueries::list(const DeliberationFilter& filter) {
  Result<std::vector<Deliberation>> all;
  const auto take = [&](Row row) { gather(deliberation_of(row), all); };
  if (filter.owner)
    page_of_owner_.for_each(take, *filter.owner, filter.status, filter.limit, filter.skip);
  else
    page_.for_each(take, filter.status, filter.limit, filter.skip);
  if (!all) return pass_on(all);
  const std::int64_t total = filter.owner ? page_total_of_owner_.number(*filter.owner, filter.status) : page_total_.number(filter.status);
  return DeliberationPage{.total = total, .items = std::move(*all)};
}

DeliberationCounts DeliberationQueries::counts() {
  DeliberationCounts counts;
  counts_.for_each([&](Row row) {
    const std::int64_t count = row.integer(1);
    switch (row.as<DeliberationStatus>(0)) {
      case DeliberationStatus::running:
        counts.running = count;
        break;
      case DeliberationStatus::completed:
        counts.completed = count;
        counts.completed_ms = row.integer(2);
        break;
      case DeliberationStatus::failed:
        counts.failed = count;
        break;
      case DeliberationStatus::cancelled:
        counts.cancelled = count;
        break;
    }
  });
  return counts;
}

DeliberationUsage DeliberationQueries::usage(std::optional<UserId> owner) {
  return usage_.first(deliberation_usage_of<Row>, owner).value_or(DeliberationUsage{});
}

std::int64_t DeliberationQueries::tokens_since(UserId owner, Timestamp since) {
  return tokens_since_.first([](Row row) { return row.integer(0); }, owner, since).value_or(0);
}

}  // namespace orc::sqlite
