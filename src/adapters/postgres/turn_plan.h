#pragma once

#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "domain/placement/claim_room.h"
#include "domain/strong_id.h"

namespace orc::postgres {

// A row of `shares`: the jobs of a share key that are of one class.
struct ShareTurn {
  std::int64_t id = 0;
  int priority = 0;
  std::int64_t pass = 0;
  std::string key;
  PlacementClassId of_class{};
};

// In the order of turns: negative priority, pass, id of the row.
using Place = std::tuple<int, std::int64_t, std::int64_t>;
inline Place place_of(const ShareTurn& share) { return {-share.priority, share.pass, share.id}; }

// A share key in the order of turns, with those of its rows that may be served.
struct ShareLine {
  int priority = 0;
  std::int64_t pass = 0;
  std::string key;
  std::vector<ShareTurn> parts;
  Standing standing = Standing::before;
};

// The lines that `shares` make. `shares` stand in the order of turns.
std::vector<ShareLine> lines_of(const std::vector<ShareTurn>& shares);

// How far the class that was served most has come, at the priority of the first line, but for the turn that its keys may just have had.
// Others do not save turns up: who is served is taken to that level first. Precondition: there is a line.
std::int64_t level_of(const std::vector<ShareLine>& lines);

// How many of the next `count` jobs each of `lines` gives, if none runs dry: only those of the highest priority give any; among them the
// one with the lowest pass is next, and being served raises it by one, from `level` on (docs/decisions/fair_shares.md). Pure.
std::vector<std::int64_t> plan_turns(const std::vector<ShareLine>& lines, std::int64_t count, std::int64_t level);

}  // namespace orc::postgres
