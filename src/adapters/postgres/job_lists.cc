#include "adapters/postgres/job_lists.h"

#include <algorithm>
#include <string>
#include <vector>

#include "adapters/postgres/job_queries.h"
#include "adapters/postgres/status_label.h"

namespace orc::postgres {
namespace {

// With more stretches than this it pays to look among the newest jobs first.
constexpr std::size_t merged_gladly_max = 32;
constexpr std::int64_t looked_at_for_each = 10;
constexpr std::int64_t looked_at_max = 20'000;

// Where all jobs are that match a filter.
struct Selection {
  std::vector<std::int64_t> owners;
  std::vector<std::string> names;
  std::vector<std::string_view> statuses;
  std::int64_t total = 0;
};

// Which jobs, counted from which end.
struct Window {
  bool from_oldest = false;
  std::int64_t skip = 0;
  std::int64_t limit = 0;
};

bool matches_all(const JobFilter& filter) { return !filter.owner && !filter.status && !filter.plugin_name; }

Selection select(Reading& moment, const JobFilter& filter) {
  Selection selection;
  Rows rows;
  if (filter.owner) {
    if (moment.ask("user_is_live", *filter.owner).empty()) return selection;
    rows = moment.ask("counters_of_owner", *filter.owner, filter.plugin_name, filter.status);
  } else if (filter.plugin_name) {
    rows = moment.ask("counters_of_name", *filter.plugin_name, filter.status);
  } else {
    rows = moment.ask("counters_of_all", filter.status);
  }
  for (const Row row : rows) {
    selection.owners.push_back(row.integer(0));
    selection.names.push_back(row.text(1));
    selection.statuses.push_back(status_label(row.as<JobStatus>(2)));
    selection.total += row.integer(3);
  }
  return selection;
}

std::vector<JobId> read_ids(const Rows& rows) {
  std::vector<JobId> ids;
  for (const Row row : rows) ids.push_back(row.as<JobId>(0));
  return ids;
}

std::vector<JobId> newest_matching(Reading& moment, const JobFilter& filter, const Selection& selection, Window window) {
  std::optional<std::string_view> status;
  if (filter.status) status = status_label(*filter.status);
  const auto looked_at = std::min(std::ssize(selection.owners) * looked_at_for_each, looked_at_max);
  return read_ids(moment.ask("newest_matching", filter.plugin_name, status, window.limit, window.skip, looked_at));
}

// Newest first.
std::vector<JobId> find(Reading& moment, const JobFilter& filter, const Selection& selection, Page page) {
  Window window{.skip = page.skip, .limit = std::min<std::int64_t>(page.limit, selection.total - page.skip)};
  if (page.skip > selection.total / 2)
    window = {.from_oldest = true, .skip = selection.total - page.skip - window.limit, .limit = window.limit};
  std::vector<JobId> ids;
  if (matches_all(filter)) {
    ids = read_ids(moment.ask(window.from_oldest ? "all_page_up" : "all_page_down", window.limit, window.skip));
  } else {
    if (selection.owners.size() > merged_gladly_max && !filter.owner && !window.from_oldest) {
      ids = newest_matching(moment, filter, selection, window);
      if (std::ssize(ids) == window.limit) return ids;
    }
    ids = read_ids(moment.ask(window.from_oldest ? "merged_page_up" : "merged_page_down", selection.owners, selection.names,
                              selection.statuses, window.skip + window.limit, window.limit, window.skip));
  }
  if (window.from_oldest) std::ranges::reverse(ids);
  return ids;
}

}  // namespace

JobPage list_jobs(Reading& reading, const JobFilter& filter, Page page) {
  return reading.at_one_moment([&](Reading& moment) {
    const Selection selection = select(moment, filter);
    JobPage answer{.total = selection.total, .items = {}};
    if (page.limit == 0 || page.skip >= answer.total) return answer;
    answer.items = jobs_by_ids(moment, find(moment, filter, selection, page));
    return answer;
  });
}

}  // namespace orc::postgres
