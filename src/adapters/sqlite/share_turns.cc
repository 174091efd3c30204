#include "adapters/sqlite/share_turns.h"

#include <algorithm>

namespace orc::sqlite {

ShareTurns::ShareTurns(Connection& connection, const StatementCatalog& catalog)
    : exists_(catalog.prepare(connection, "share_exists")),
      add_(catalog.prepare(connection, "add_share")),
      next_(catalog.prepare(connection, "next_shares")),
      pass_turn_(catalog.prepare(connection, "pass_turn")),
      remove_(catalog.prepare(connection, "remove_share")),
      oldest_(catalog.prepare(connection, "oldest_of_share")) {}

void ShareTurns::join(int priority, std::string_view share_key) {
  auto& known = known_.at(static_cast<std::size_t>(priority));
  if (known.contains(share_key)) return;
  if (!exists_.any(priority, share_key)) add_.execute(priority, share_key);
  if (known_count_ >= known_max) forget();
  known.emplace(share_key);
  ++known_count_;
}

// One round: all keys with the lowest pass of the highest priority are served once. One that is alone there keeps its turn until it has
// caught up with the next one. A key of which only orphans were served keeps its turn.
void ShareTurns::take(std::size_t count, const std::function<bool(JobId)>& claim) {
  for (Served taken; taken.accepted < count && taken.passed_over < passed_over_max;) {
    const std::size_t wanted = count - taken.accepted;
    const auto shares = next_shares(wanted + 1);
    if (shares.empty()) return;
    const Share& first = shares.front();
    const auto end =
        std::ranges::find_if(shares, [&](const Share& one) { return one.priority != first.priority || one.pass != first.pass; });
    if (end - shares.begin() == 1) {
      const bool has_rival = end != shares.end() && end->priority == first.priority;
      const auto lead = has_rival ? static_cast<std::size_t>(end->pass - first.pass) : count;
      taken += serve(first, std::min(lead, wanted), claim);
    } else {
      for (auto share = shares.begin(); share != end && taken.accepted < count; ++share) taken += serve(*share, 1, claim);
    }
  }
}

std::vector<ShareTurns::Share> ShareTurns::next_shares(std::size_t count) {
  std::vector<Share> shares;
  next_.for_each(
      [&](Row row) { shares.push_back({.id = row.integer(0), .priority = row.as<int>(1), .pass = row.integer(2), .key = row.text(3)}); },
      count);
  return shares;
}

// Looks for one job more than it hands out, to see whether any is left.
ShareTurns::Served ShareTurns::serve(const Share& share, std::size_t count, const std::function<bool(JobId)>& claim) {
  std::vector<JobId> jobs;
  oldest_.for_each([&](Row row) { jobs.push_back(row.as<JobId>(0)); }, share.priority, share.key, count + 1);
  const bool some_are_left = jobs.size() > count;
  if (some_are_left) jobs.pop_back();
  Served served;
  for (const JobId job : jobs) ++(claim(job) ? served.accepted : served.passed_over);
  if (some_are_left) {
    pass_turn_.execute(share.id, served.accepted);
  } else {
    remove_.execute(share.id);
    auto& known = known_.at(static_cast<std::size_t>(share.priority));
    if (const auto place = known.find(share.key); place != known.end()) {
      known.erase(place);
      --known_count_;
    }
  }
  return served;
}

ShareTurns::Served& ShareTurns::Served::operator+=(const Served& more) {
  accepted += more.accepted;
  passed_over += more.passed_over;
  return *this;
}

void ShareTurns::forget() noexcept {
  for (auto& keys : known_) keys.clear();
  known_count_ = 0;
}

}  // namespace orc::sqlite
