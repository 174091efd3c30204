#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace orc::postgres {

// A share's line, as a row of `shares`.
struct ShareTurn {
  std::int64_t id = 0;
  int priority = 0;
  std::int64_t pass = 0;
  std::string key;
};

// How many of the next `count` jobs each of `shares` gives, if none runs dry: only those of the highest priority give any; among them the
// one with the lowest pass is next, and being served raises it by one (docs/decisions/fair_shares.md). `shares` stand in the order of
// their turns: falling priority, rising pass, rising id. Pure.
std::vector<std::int64_t> plan_turns(const std::vector<ShareTurn>& shares, std::int64_t count);

}  // namespace orc::postgres
