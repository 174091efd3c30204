#include "adapters/postgres/counters.h"

#include <vector>

namespace orc::postgres {

void Counters::add(std::int64_t owner, std::string_view plugin_name, JobStatus status, std::int64_t n) {
  sums_[{owner, std::string(plugin_name), status}] += n;
}

void Counters::write(Transaction& transaction) const {
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
  if (!sums.empty()) transaction.send("add_to_counters", owners, names, statuses, sums, transaction.slot());
}

}  // namespace orc::postgres
