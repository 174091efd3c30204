#include "adapters/sqlite/live_references.h"

namespace orc::sqlite {

std::optional<std::int64_t> LiveReferences::name_of(PluginVersionId version) {
  if (const auto known = names_.find(version); known != names_.end()) return known->second;
  const auto name = live_version_.first([](Row row) { return row.integer(0); }, version);
  if (!name) return {};
  if (names_.size() >= known_max) names_.clear();
  names_.emplace(version, *name);
  return name;
}

bool LiveReferences::exists(UserId user) {
  if (users_.contains(user)) return true;
  if (!user_exists_.any(user)) return false;
  if (users_.size() >= known_max) users_.clear();
  users_.insert(user);
  return true;
}

void LiveReferences::forget() noexcept {
  names_.clear();
  users_.clear();
}

}  // namespace orc::sqlite
