#include "adapters/sqlite/placement_classes.h"

#include "adapters/sql_text/placement_text.h"

namespace orc::sqlite {

PlacementClasses::PlacementClasses(Connection& connection, const StatementCatalog& catalog)
    : id_of_(catalog.prepare(connection, "placement_class_of")),
      add_(catalog.prepare(connection, "add_placement_class")),
      requirements_(catalog.prepare(connection, "placement_class")),
      remove_unused_(catalog.prepare(connection, "remove_unused_classes")) {}

PlacementClassId PlacementClasses::id_of(const Requirements& requirements) {
  const std::string text = requirements_to_text(requirements);
  if (const auto known = id_of_.first([](Row row) { return row.as<PlacementClassId>(0); }, text)) return *known;
  return PlacementClassId{add_.number(text)};
}

void PlacementClasses::look_up(PlacementClassId id) {
  if (known_.contains(id)) return;
  if (auto read = requirements_.first([](Row row) { return requirements_from_text(row.bytes(0)); }, id))
    known_.emplace(id, std::move(*read));
}

}  // namespace orc::sqlite
