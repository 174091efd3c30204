#include "adapters/sqlite/worker_rooms.h"

#include <utility>
#include <vector>

#include "adapters/sql_text/placement_text.h"

namespace orc::sqlite {

WorkerRooms::WorkerRooms(Connection& connection, const StatementCatalog& catalog, PlacementClasses& classes)
    : worker_room_(catalog.prepare(connection, "worker_room")), runs_held_(catalog.prepare(connection, "runs_held")), classes_(classes) {}

std::optional<WorkerRooms::Claimant> WorkerRooms::find(WorkerId worker) {
  if (const auto known = rooms_.find(worker); known != rooms_.end()) return known->second;
  WorkerIntake intake = WorkerIntake::open;
  std::int64_t slots = 0;
  auto room = worker_room_.first(
      [&](Row row) {
        intake = row.as<WorkerIntake>(2);
        slots = row.integer(3);
        return Room(row.as<Isolation>(0), equipment_from_text(row.bytes(1)));
      },
      worker);
  if (!room) return {};
  std::vector<std::pair<PlacementClassId, std::int64_t>> held;
  runs_held_.for_each([&](Row row) { held.emplace_back(row.as<PlacementClassId>(0), row.integer(1)); }, worker);
  ClaimRoom filled(std::move(*room), slots, classes_.known());
  for (const auto& [one, runs] : held) {
    classes_.look_up(one);
    filled.hold(one, runs);
  }
  if (rooms_.size() >= known_max) rooms_.clear();
  return rooms_.emplace(worker, Claimant{.room = std::move(filled), .intake = intake}).first->second;
}

void WorkerRooms::hold(WorkerId worker, PlacementClassId one, std::int64_t count) {
  const auto known = rooms_.find(worker);
  if (known == rooms_.end()) return;
  classes_.look_up(one);
  known->second.room.hold(one, count);
}

}  // namespace orc::sqlite
