#include "adapters/sqlite/deliberation_queries.h"

#include "adapters/deliberation_json/deliberation_text.h"

namespace orc::sqlite {
namespace {

Result<Deliberation> read_deliberation(Row row) {
  return deliberation_from({.id = row.text(1),
                            .owner = row.maybe<UserId>(2),
                            .preset = row.text(3),
                            .request = row.bytes(4),
                            .plan = row.bytes(5),
                            .outcome = row.is_null(6) ? std::nullopt : std::optional(row.bytes(6)),
                            .created_at = row.time(7),
                            .ended_at = row.maybe_time(8),
                            .spent = {.calls = row.integer(9),
                                      .usage = {.in = row.integer(10), .out = row.integer(11), .cached = row.integer(12)},
                                      .cost_micros = row.integer(13)}});
}

FinishedCall read_call(Row row) {
  return {.name = {.stage = row.as<std::uint32_t>(0), .agent = row.as<std::uint32_t>(1), .sample = row.as<std::uint32_t>(2)},
          .outcome = row.as<CallOutcome>(3),
          .text = row.text(4),
          .answer = row.maybe_text(5),
          .score = row.is_null(6) ? std::nullopt : std::optional(row.real(6)),
          .finish = row.as<FinishReason>(7),
          .usage = {.in = row.integer(8), .out = row.integer(9), .cached = row.integer(10)},
          .cost_micros = row.integer(11),
          .duration = std::chrono::milliseconds{row.integer(12)}};
}

// Into `all`; the first that cannot be read is told.
void gather(Row row, Result<std::vector<Deliberation>>& all) {
  auto one = read_deliberation(row);
  if (!all) return;
  if (one)
    all->push_back(std::move(*one));
  else
    all = pass_on(one);
}

}  // namespace

DeliberationQueries::DeliberationQueries(Connection& connection, const StatementCatalog& catalog)
    : by_id_(catalog.prepare(connection, "deliberation_by_id")),
      calls_(catalog.prepare(connection, "agent_results")),
      running_(catalog.prepare(connection, "deliberations_that_run")),
      page_(catalog.prepare(connection, "deliberation_page")),
      page_total_(catalog.prepare(connection, "deliberation_page_total")),
      counts_(catalog.prepare(connection, "deliberation_counts")) {}

Result<Deliberation> DeliberationQueries::get(std::string_view id) {
  auto found = by_id_.first(read_deliberation, id);
  if (!found) return fail(ErrorCode::not_found, "Deliberation not found");
  return std::move(*found);
}

std::vector<FinishedCall> DeliberationQueries::calls(std::string_view id) {
  std::vector<FinishedCall> all;
  calls_.for_each([&](Row row) { all.push_back(read_call(row)); }, id);
  return all;
}

Result<std::vector<Deliberation>> DeliberationQueries::running(std::string_view after, int count) {
  Result<std::vector<Deliberation>> all;
  running_.for_each([&](Row row) { gather(row, all); }, after, count);
  return all;
}

Result<DeliberationPage> DeliberationQueries::list(const DeliberationFilter& filter) {
  Result<std::vector<Deliberation>> all;
  page_.for_each([&](Row row) { gather(row, all); }, filter.owner, filter.status, filter.limit, filter.skip);
  if (!all) return pass_on(all);
  return DeliberationPage{.total = page_total_.number(filter.owner, filter.status), .items = std::move(*all)};
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

}  // namespace orc::sqlite
