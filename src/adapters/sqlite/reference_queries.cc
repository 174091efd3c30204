#include "adapters/sqlite/reference_queries.h"

#include <algorithm>
#include <iterator>

#include "adapters/sql_text/placement_text.h"

namespace orc::sqlite {

std::vector<Worker> ReferenceQueries::workers() {
  std::vector<Worker> workers;
  workers_.for_each([&](Row row) {
    workers.push_back({.id = row.as<WorkerId>(0),
                       .name = row.text(1),
                       .isolation = row.as<Isolation>(2),
                       .slots = row.as<int>(3),
                       .home = row.as<WorkerHome>(4),
                       .beat = row.integer(5),
                       .started_at = row.time(6),
                       .instance = row.text(7),
                       .intake = row.as<WorkerIntake>(8),
                       .equipment = equipment_from_text(row.bytes(9))});
  });
  return workers;
}

std::vector<ContentHash> ReferenceQueries::recorded(const std::vector<ContentHash>& hashes) {
  std::vector<ContentHash> known;
  std::ranges::copy_if(hashes, std::back_inserter(known), [this](const ContentHash& hash) { return is_recorded_.any(hash); });
  return known;
}

}  // namespace orc::sqlite
