#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>

#include "adapters/postgres/transaction.h"
#include "domain/strong_id.h"

namespace orc::postgres {

// ShareLines sees to it that every job that may run now stands in a share's line: a row of `shares` that nobody retires before this
// transaction has ended (migrations/0001_initial.sql). One for each transaction; before the jobs are written.
class ShareLines {
 public:
  // A job of this key and class will be ready.
  void need(int priority, std::string_view share_key, PlacementClassId one) { wanted_.emplace(priority, share_key, one); }
  bool empty() const { return wanted_.empty(); }

  // Sends the question along with what is sent anyway. After the exchange, and before anything else is sent, settle() reads the answer.
  void send(Transaction& transaction);
  void settle(const Transaction& transaction);

  // Makes the rows that are missing. May ask again.
  void join(Transaction& transaction);

 private:
  std::set<std::tuple<int, std::string, PlacementClassId>> wanted_;
  std::optional<std::size_t> asked_;
};

}  // namespace orc::postgres
