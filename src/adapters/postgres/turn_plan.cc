#include "adapters/postgres/turn_plan.h"

#include <algorithm>
#include <map>
#include <queue>
#include <set>
#include <string_view>

namespace orc::postgres {

std::vector<ShareLine> lines_of(const std::vector<ShareTurn>& shares) {
  std::vector<ShareLine> lines;
  std::map<std::pair<int, std::string_view>, std::size_t> places;
  for (const ShareTurn& share : shares) {
    const auto [known, is_first] = places.emplace(std::pair(share.priority, std::string_view(share.key)), lines.size());
    if (is_first) lines.push_back({.priority = share.priority, .pass = share.pass, .key = share.key, .parts = {}});
    lines[known->second].parts.push_back(share);
  }
  return lines;
}

std::int64_t level_of(const std::vector<ShareLine>& lines) {
  std::int64_t level = lines.front().pass;
  std::set<PlacementClassId> seen;
  for (const ShareLine& line : lines) {
    if (line.priority != lines.front().priority) break;
    for (const ShareTurn& part : line.parts)
      if (seen.insert(part.of_class).second) level = std::max(level, line.pass - 1);
  }
  return level;
}

std::vector<std::int64_t> plan_turns(const std::vector<ShareLine>& lines, std::int64_t count, std::int64_t level) {
  using Next = std::tuple<std::int64_t, std::int64_t, std::size_t>;  // pass, id, place
  std::vector<std::int64_t> turns(lines.size());
  std::priority_queue<Next, std::vector<Next>, std::greater<>> next;
  for (std::size_t i = 0; i < lines.size() && lines[i].priority == lines.front().priority; ++i)
    next.emplace(lines[i].pass, lines[i].parts.front().id, i);
  for (; count > 0 && !next.empty(); --count) {
    const auto [pass, id, place] = next.top();
    next.pop();
    ++turns[place];
    next.emplace(std::max(pass, level) + 1, id, place);
  }
  return turns;
}

}  // namespace orc::postgres
