#include "adapters/sqlite/job_lists.h"

#include <algorithm>
#include <utility>

#include "adapters/sqlite/stored_job.h"

namespace orc::sqlite {

JobLists::JobLists(Connection& connection, const StatementCatalog& catalog, JobQueries& jobs)
    : jobs_(jobs),
      name_id_(catalog.prepare(connection, "name_id")),
      is_former_user_(catalog.prepare(connection, "is_former_user")),
      counters_of_owner_(catalog.prepare(connection, "counters_of_owner")),
      counters_of_name_(catalog.prepare(connection, "counters_of_name")),
      counters_of_all_(catalog.prepare(connection, "counters_of_all")),
      run_page_down_(catalog.prepare(connection, "run_page_down")),
      run_page_up_(catalog.prepare(connection, "run_page_up")),
      run_length_(catalog.prepare(connection, "run_length")),
      run_below_(catalog.prepare(connection, "run_below")),
      run_above_(catalog.prepare(connection, "run_above")),
      all_page_down_(catalog.prepare(connection, "all_page_down")),
      all_page_up_(catalog.prepare(connection, "all_page_up")),
      newest_matching_(catalog.prepare(connection, "newest_matching")),
      processing_(catalog.prepare(connection, "processing_jobs")) {}

JobPage JobLists::list(const JobFilter& filter, Page page) {
  JobPage answer;
  auto selection = select(filter);
  if (!selection) return answer;
  auto ids = find(*selection, page);
  if (std::ssize(ids) < on_page(*selection, page)) {
    recount(*selection);
    ids = find(*selection, page);
  }
  answer.total = selection->total;
  for (const JobId id : ids)
    if (auto job = jobs_.get(id)) answer.items.push_back(std::move(*job));
  return answer;
}

std::int64_t JobLists::on_page(const Selection& selection, Page page) {
  return std::clamp<std::int64_t>(selection.total - page.skip, 0, page.limit);
}

// Counters change in the transaction of their jobs, and every job has its rows, so neither this nor a job that get() does not find happens
// unless somebody else has written to the file. Then a list is shorter, and the service goes on.
void JobLists::recount(Selection& selection) {
  const auto running = std::ssize(processing(selection));
  selection.total = 0;
  for (const JobRun& run : selection.runs) selection.total += run_length_.number(run.owner, run.name, run.stage);
  if (selection.status == JobStatus::queued) selection.total -= running;
  if (selection.status == JobStatus::processing) selection.total = running;
}

// Nothing, if the filter can match nothing.
std::optional<JobLists::Selection> JobLists::select(const JobFilter& filter) {
  Selection selection{.owner = {}, .name = {}, .status = filter.status, .runs = {}};
  if (filter.plugin_name) {
    selection.name = name_id_.first([](Row row) { return row.integer(0); }, *filter.plugin_name);
    if (!selection.name) return {};
  }
  const auto add = [&](Row row) {
    selection.runs.push_back({.owner = row.integer(0), .name = row.integer(1), .stage = stage_of(row.as<JobStatus>(2))});
    selection.total += row.integer(3);
  };
  if (filter.owner) {
    if (is_former_user_.any(*filter.owner)) return {};
    selection.owner = std::to_underlying(*filter.owner);
    counters_of_owner_.for_each(add, *selection.owner, selection.name, filter.status);
  } else if (selection.name) {
    counters_of_name_.for_each(add, *selection.name, filter.status);
  } else {
    counters_of_all_.for_each(add, filter.status);
  }
  std::ranges::sort(selection.runs);
  const auto doubles = std::ranges::unique(selection.runs);  // of queued and processing
  selection.runs.erase(doubles.begin(), doubles.end());
  return selection;
}

std::vector<JobId> JobLists::find(const Selection& selection, Page page) {
  const auto limit = on_page(selection, page);
  if (limit == 0) return {};
  if (selection.status == JobStatus::processing) {
    const auto all = processing(selection);
    const auto first = all.begin() + std::min<std::ptrdiff_t>(page.skip, std::ssize(all));
    return {first, first + std::min<std::ptrdiff_t>(limit, all.end() - first)};
  }
  Window window{.direction = Direction::down, .skip = page.skip, .limit = limit};
  if (page.skip > selection.total / 2) window = {.direction = Direction::up, .skip = selection.total - page.skip - limit, .limit = limit};

  std::vector<JobId> ids;
  if (!selection.owner && !selection.name && !selection.status) {
    ids = collect(all_page_down_, all_page_up_, window, nullptr);
  } else if (selection.runs.size() == 1 && selection.status != JobStatus::queued) {
    ids = collect(run_page_down_, run_page_up_, window, &selection.runs.front());
  } else {
    if (selection.runs.size() > merged_gladly_max && !selection.owner && window.direction == Direction::down) {
      ids = newest_matching(selection, page);
      if (static_cast<std::int64_t>(ids.size()) == limit) return ids;
    }
    ids = merge(selection, window);
  }
  if (window.direction == Direction::up) std::ranges::reverse(ids);
  return ids;
}

// One window on one statement's order; of one run, if there is one.
std::vector<JobId> JobLists::collect(Statement& down, Statement& up, Window window, const JobRun* run) {
  std::vector<JobId> ids;
  const auto add = [&](Row row) { ids.push_back(row.as<JobId>(0)); };
  Statement& statement = window.direction == Direction::down ? down : up;
  if (run) {
    statement.for_each(add, window.limit, window.skip, run->owner, run->name, run->stage);
  } else {
    statement.for_each(add, window.limit, window.skip);
  }
  return ids;
}

std::vector<JobId> JobLists::merge(const Selection& selection, Window window) {
  std::vector<JobId> others;  // of the same stage, but not what is asked for; newest first
  if (selection.status == JobStatus::queued) others = processing(selection);
  RunMerge merge(window.direction == Direction::down ? run_below_ : run_above_, selection.runs, window.direction);
  std::vector<JobId> ids;
  for (std::int64_t skipped = 0; static_cast<std::int64_t>(ids.size()) < window.limit;) {
    const auto id = merge.next();
    if (!id) break;
    if (std::ranges::binary_search(others, *id, std::greater{})) continue;
    if (skipped++ >= window.skip) ids.push_back(*id);
  }
  return ids;
}

// As many of the page as are among the newest jobs of all.
std::vector<JobId> JobLists::newest_matching(const Selection& selection, Page page) {
  std::vector<JobId> ids;
  const auto looked_at = std::min(selection.runs.size() * looked_at_for_each_run, looked_at_max);
  newest_matching_.for_each([&](Row row) { ids.push_back(row.as<JobId>(0)); }, selection.name, selection.status, page.limit, page.skip,
                            looked_at);
  return ids;
}

// Newest first.
std::vector<JobId> JobLists::processing(const Selection& selection) {
  std::vector<JobId> ids;
  processing_.for_each([&](Row row) {
    if (selection.owner && row.integer(1) != *selection.owner) return;
    if (selection.name && row.integer(2) != *selection.name) return;
    ids.push_back(row.as<JobId>(0));
  });
  return ids;
}

}  // namespace orc::sqlite
