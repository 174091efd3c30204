#include "adapters/postgres/share_lines.h"

#include <vector>

namespace orc::postgres {
namespace {

struct Columns {
  explicit Columns(const std::set<std::tuple<int, std::string, PlacementClassId>>& wanted) {
    for (const auto& [priority, key, of_class] : wanted) {
      priorities.push_back(priority);
      keys.push_back(key);
      classes.push_back(of_class);
    }
  }
  std::vector<int> priorities;
  std::vector<std::string> keys;
  std::vector<PlacementClassId> classes;
};

}  // namespace

void ShareLines::send(Transaction& transaction) {
  if (wanted_.empty()) return;
  const Columns columns(wanted_);
  asked_ = transaction.send("lock_shares", columns.priorities, columns.keys, columns.classes);
}

void ShareLines::settle(const Transaction& transaction) {
  if (!asked_) return;
  for (const Row row : transaction.answer(*asked_)) wanted_.erase({row.as<int>(0), row.text(1), row.as<PlacementClassId>(2)});
  asked_.reset();
}

// A row that somebody retires just now is gone when we have waited for that; so it is made anew, and looked at again.
void ShareLines::join(Transaction& transaction) {
  while (!wanted_.empty()) {
    const Columns columns(wanted_);
    transaction.send("add_shares", columns.priorities, columns.keys, columns.classes);
    send(transaction);
    transaction.exchange();
    settle(transaction);
  }
}

}  // namespace orc::postgres
