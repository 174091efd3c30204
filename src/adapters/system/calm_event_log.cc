#include "adapters/system/calm_event_log.h"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace orc {
namespace {

// Different for warnings that differ.
std::string words_of(std::string_view event, std::initializer_list<LogField> fields) {
  std::string words(event);
  for (const LogField& field : fields) {
    words.append(1, '\0').append(field.name).append(1, '\0');
    std::visit(
        [&](const auto& value) {
          if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string_view>)
            words += value;
          else
            words += std::to_string(value);
        },
        field.value);
  }
  return words;
}

}  // namespace

void CalmEventLog::write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) {
  if (level != LogLevel::warning) return log_.write(level, event, fields);
  const auto times = times_to_tell(words_of(event, fields));
  if (!times) return;
  log_.write(level, event, fields);
  if (*times > 1) log_.write(level, "warning repeated", {{"warning", event}, {"times", *times}});
}

// Nothing: it is too early to tell it again.
std::optional<std::int64_t> CalmEventLog::times_to_tell(std::string warning) {
  const SteadyTime now = clock_.steady_now();
  const std::lock_guard lock(mutex_);
  const auto known = told_.find(warning);
  if (known == told_.end()) {
    if (told_.size() >= known_max) told_.erase(std::ranges::min_element(told_, {}, [](const auto& entry) { return entry.second.at; }));
    told_.emplace(std::move(warning), Told{.at = now});
    return 1;
  }
  Told& told = known->second;
  ++told.since;
  if (now - told.at < told_again_after) return {};
  told.at = now;
  return std::exchange(told.since, 0);
}

}  // namespace orc
