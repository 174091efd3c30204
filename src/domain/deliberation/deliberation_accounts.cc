#include "domain/deliberation/deliberation_accounts.h"

namespace orc {

void Account::add(const FinishedCall& call) {
  spent.add(call);
  if (has_failed(call.outcome)) ++failed;
  time += call.duration;
}

void Account::add(const Account& other) {
  spent.add(other.spent);
  failed += other.failed;
  time += other.time;
}

DeliberationAccounts accounts_of(std::span<const FinishedCall> calls) {
  DeliberationAccounts accounts;
  for (const FinishedCall& call : calls) {
    accounts.total.add(call);
    accounts.by_agent[call.name.agent].add(call);
    accounts.by_stage[call.name.stage].add(call);
  }
  return accounts;
}

}  // namespace orc
