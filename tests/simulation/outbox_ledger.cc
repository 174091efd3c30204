#include "tests/simulation/outbox_ledger.h"

#include <algorithm>

namespace orc::simulation {
namespace {

template <typename Id>
std::string text(Id id) {
  return std::to_string(std::to_underlying(id));
}

}  // namespace

void OutboxLedger::told(JobId job, JobStatus status, const std::string& name) {
  const auto end = ledger_.end_of(job);
  ledger_.demand(end == status,
                 [&] { return "job " + text(job) + " is told to have " + std::string(to_word(status)) + ", which it has not"; });
  const auto [known, is_new] = told_.emplace(job, name);
  ledger_.demand(known->second == name, [&] { return "the end of job " + text(job) + " is told under two names"; });
  ++(is_new ? callbacks_ : callbacks_again_);
  ++progress_;
}

void OutboxLedger::kept(EventId id, const std::string& deliberation, std::int64_t n) {
  std::int64_t& last = last_kept_[deliberation];
  ledger_.demand(n == last + 1, [&] {
    return "event " + std::to_string(n) + " of " + deliberation + " was published behind event " + std::to_string(last);
  });
  last = n;
  kept_.insert(id);
  ++progress_;
}

void OutboxLedger::lost_everything() {
  kept_.clear();
  last_kept_.clear();
  ++wipes_;
}

bool OutboxLedger::is_over(const MemoryState& state) const {
  const auto is_told = [](const MemoryJob& row) {
    return std::ranges::none_of(row.callbacks, [](const CallbackDelivery& one) { return one.state == CallbackState::waiting; });
  };
  return kept_.size() == state.events.size() && std::ranges::all_of(state.jobs, [&](const auto& job) { return is_told(job.second); });
}

void OutboxLedger::close(const MemoryState& state, Account& account) const {
  for (const auto& [id, row] : state.jobs) {
    const std::size_t ends = row.job.callback_url && is_terminal(row.job.status) ? 1 : 0;
    ledger_.demand(row.callbacks.size() == ends,
                   [&] { return "the end of job " + text(id) + " is not once in the outbox, or should not be"; });
    for (const CallbackDelivery& one : row.callbacks) {
      const bool is_given_up = one.state == CallbackState::given_up && one.tries == callback_tries_max;
      ledger_.demand(is_given_up || told_.contains(id), [&] {
        return "the end of job " + text(id) + " was never heard of, and is " + std::string(to_word(one.state)) + " in the outbox";
      });
    }
  }
  for (const MemoryEvent& one : state.events)
    ledger_.demand(kept_.contains(one.stored.id), [&] {
      return "event " + std::to_string(one.stored.n) + " of " + one.stored.deliberation +
             " is not among those that are kept outside, and is " + (one.published_at ? "published" : "waiting") + " in the outbox";
    });
  account.callbacks += callbacks_;
  account.callbacks_again += callbacks_again_;
  account.events += std::ssize(state.events);
  account.wipes += wipes_;
}

}  // namespace orc::simulation
