#include "adapters/postgres/turn_plan.h"

#include <queue>
#include <tuple>

namespace orc::postgres {

std::vector<std::int64_t> plan_turns(const std::vector<ShareTurn>& shares, std::int64_t count) {
  using Next = std::tuple<std::int64_t, std::int64_t, std::size_t>;  // pass, id, place
  std::vector<std::int64_t> turns(shares.size());
  std::priority_queue<Next, std::vector<Next>, std::greater<>> next;
  for (std::size_t i = 0; i < shares.size() && shares[i].priority == shares.front().priority; ++i)
    next.emplace(shares[i].pass, shares[i].id, i);
  for (; count > 0 && !next.empty(); --count) {
    const auto [pass, id, place] = next.top();
    next.pop();
    ++turns[place];
    next.emplace(pass + 1, id, place);
  }
  return turns;
}

}  // namespace orc::postgres
