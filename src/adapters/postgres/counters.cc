#include "adapters/postgres/counters.h"

#include <vector>

namespace orc::postgres {
namespace {

// In slot 0 is what others write, who may keep their transactions open for long (migrations/0001_initial.sql, orc_count_job).
constexpr std::int64_t slots = 16;

}  // namespace

void Counters::add(std::int64_t owner, std::string_view plugin_name, JobStatus status, std::int64_t n) {
  sums_[{owner, std::string(plugin_name), status}] += n;
}

void Counters::send(Connection& connection) {
  std::vector<std::int64_t> owners, sums;
  std::vector<std::string> names;
  std::vector<JobStatus> statuses;
  for (const auto& [key, n] : sums_) {
    if (n == 0) continue;
    owners.push_back(std::get<0>(key));
    names.push_back(std::get<1>(key));
    statuses.push_back(std::get<2>(key));
    sums.push_back(n);
  }
  sums_.clear();
  const std::int64_t slot = 1 + connection.backend() % slots;
  if (!sums.empty()) connection.send("add_to_counters", Parameters(owners, names, statuses, sums, slot));
}

}  // namespace orc::postgres
