#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "domain/deliberation/deliberation.h"

namespace orc {

// What some of a deliberation's calls have used.
struct Account {
  Spending spent;
  std::int64_t failed = 0;            // of the calls
  std::chrono::milliseconds time{0};  // of all calls together, as if they had been made one after another
  bool operator==(const Account&) const = default;

  void add(const FinishedCall& call);
  void add(const Account& other);
};

// The same figures by agent and by stage, both by their places; who made no call has none.
struct DeliberationAccounts {
  Account total;
  std::map<std::uint32_t, Account> by_agent;
  std::map<std::uint32_t, Account> by_stage;
};

DeliberationAccounts accounts_of(std::span<const FinishedCall> calls);

}  // namespace orc
