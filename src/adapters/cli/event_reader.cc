#include "adapters/cli/event_reader.h"

#include <algorithm>
#include <utility>

namespace orc {

void EventReader::take_line(std::string_view line, const std::function<void(const ServerEvent&)>& take) {
  if (line.empty()) {
    ServerEvent event = std::exchange(event_, {});
    if (std::exchange(is_too_long_, false) || event.data.empty()) return;
    if (event.kind.empty()) event.kind = "message";
    return take(event);
  }
  const std::size_t colon = std::min(line.find(':'), line.size());
  const std::string_view field = line.substr(0, colon);
  std::string_view value = line.substr(std::min(colon + 1, line.size()));
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (field == "id") event_.id = value;
  if (field == "event") event_.kind = value;
  if (field != "data") return;
  if (event_.data.size() + value.size() > event_bytes_max) {
    is_too_long_ = true;
    return;
  }
  if (!event_.data.empty()) event_.data += '\n';
  event_.data += value;
}

void EventReader::add(std::string_view bytes, const std::function<void(const ServerEvent&)>& take) {
  while (!bytes.empty()) {
    const std::string_view part = bytes.substr(0, bytes.find('\n'));
    if (line_.size() + part.size() > event_bytes_max)
      is_too_long_ = true;
    else
      line_ += part;
    if (part.size() == bytes.size()) return;
    bytes.remove_prefix(part.size() + 1);
    take_line(line_, take);
    line_.clear();
  }
}

}  // namespace orc
