#include "adapters/sqlite/live_references.h"

namespace orc::sqlite {

std::optional<LiveReferences::LiveVersion> LiveReferences::find(PluginVersionId version) {
  if (const auto known = versions_.find(version); known != versions_.end()) return known->second;
  const auto live =
      live_version_.first([](Row row) { return LiveVersion{.name = row.integer(0), .of_class = row.as<PlacementClassId>(1)}; }, version);
  if (!live) return {};
  if (versions_.size() >= known_max) versions_.clear();
  versions_.emplace(version, *live);
  return live;
}

bool LiveReferences::exists(UserId user) {
  if (users_.contains(user)) return true;
  if (!user_exists_.any(user)) return false;
  if (users_.size() >= known_max) users_.clear();
  users_.insert(user);
  return true;
}

void LiveReferences::forget() noexcept {
  versions_.clear();
  users_.clear();
}

}  // namespace orc::sqlite
