#include "adapters/postgres/share_board.h"

#include <algorithm>
#include <string_view>

#include "adapters/sql_text/placement_text.h"

namespace orc::postgres {
namespace {

// So many lines are looked at for a claim of `count`: each gives at least one job, as a rule.
std::int64_t lines_for(std::int64_t count) { return count + 8; }

}  // namespace

std::size_t ShareBoard::send() const { return transaction_.send("next_shares", lines_for(1), std::vector<std::int64_t>{}); }

void ShareBoard::read(const Rows& rows) {
  waiting_.clear();
  for (const Row row : rows) waiting_.insert(row.as<PlacementClassId>(4));
  read_shares(rows, lines_for(1));
}

void ShareBoard::know(PlacementClassId one, std::optional<std::string> requirements) {
  if (requirements && !classes_.contains(one)) classes_.emplace(one, requirements_from_text(*requirements));
}

void ShareBoard::read_shares(const Rows& rows, std::int64_t per_class) {
  seen_.clear();
  seen_max_ = per_class;
  for (const Row row : rows) {
    if (!waiting_.contains(row.as<PlacementClassId>(4))) continue;
    seen_.push_back({.id = row.integer(0),
                     .priority = row.as<int>(1),
                     .pass = row.integer(2),
                     .key = row.text(3),
                     .of_class = row.as<PlacementClassId>(4)});
    know(seen_.back().of_class, row.maybe_text(5));
  }
}

std::optional<std::vector<Fit>> ShareBoard::ample_for(const ClaimRoom& room, std::int64_t count) const {
  std::vector<Fit> fits;
  for (const PlacementClassId one : waiting_) {
    fits.push_back(room.fit(one));
    if (fits.back() == Fit::later) return {};
    if (fits.back() == Fit::now && room.space_for(one, count, Standing::before) < count) return {};
  }
  return fits;
}

bool ShareBoard::some_wait_for(const ClaimRoom& room) const {
  return std::ranges::any_of(seen_,
                             [&](const ShareTurn& share) { return !dry_.contains(share.id) && room.fit(share.of_class) == Fit::later; });
}

std::int64_t ShareBoard::pass_of(const ShareTurn& share) const {
  const auto served = served_.find({share.priority, share.key});
  if (served == served_.end()) return share.pass;
  return std::max(share.pass, served->second.level) + served->second.turns;
}

// In the order of their turns, with the turns that this batch has given.
std::vector<ShareTurn> ShareBoard::usable(const ClaimRoom& room) const {
  std::vector<ShareTurn> shares;
  for (const ShareTurn& share : seen_) {
    if (dry_.contains(share.id) || room.fit(share.of_class) != Fit::now) continue;
    shares.push_back(share);
    shares.back().pass = pass_of(share);
  }
  std::ranges::sort(shares, {}, place_of);
  return shares;
}

// Whether there may be more of a class than were read.
bool ShareBoard::is_cut_short(const ClaimRoom& room) const {
  std::map<PlacementClassId, std::int64_t> counts;
  for (const ShareTurn& share : seen_)
    if (++counts[share.of_class] == seen_max_ && room.fit(share.of_class) == Fit::now) return true;
  return false;
}

std::vector<ShareTurn> ShareBoard::look(const ClaimRoom& room) {
  auto shares = usable(room);
  if (std::ssize(shares) >= wanted_ || !is_cut_short(room)) return shares;
  const std::int64_t lines = lines_for(wanted_);
  read_shares(transaction_.ask("next_shares", lines, std::vector<std::int64_t>(dry_.begin(), dry_.end())), lines);
  return usable(room);
}

std::vector<ShareTurn> ShareBoard::lacking_room(const ClaimRoom& room) const {
  std::vector<ShareTurn> shares;
  for (const ShareTurn& share : seen_) {
    if (dry_.contains(share.id) || !room.lacks_room(share.of_class)) continue;
    shares.push_back(share);
    shares.back().pass = pass_of(share);
  }
  return shares;
}

// As if each turn had been written at once: one that was taken to a higher level later has its earlier turns below that.
void ShareBoard::give_turn(int priority, const std::string& key, std::int64_t level) {
  Served& served = served_[{priority, key}];
  served.level = std::max(served.level, level - served.turns);
  ++served.turns;
}

void ShareBoard::write() {
  std::vector<int> priorities;
  std::vector<std::string_view> keys;
  std::vector<std::int64_t> turns, levels;
  for (const auto& [line, served] : served_) {
    priorities.push_back(line.first);
    keys.emplace_back(line.second);
    turns.push_back(served.turns);
    levels.push_back(served.level);
  }
  if (!keys.empty()) transaction_.send("pass_turns", priorities, keys, turns, levels);
  retire_dry_shares();
}

// Only those that no submission is joining just now: who holds such a row has a job for it.
void ShareBoard::retire_dry_shares() {
  if (dry_.empty()) return;
  std::vector<std::int64_t> free;
  for (const Row row : transaction_.ask("shares_to_retire", std::vector<std::int64_t>(dry_.begin(), dry_.end())))
    free.push_back(row.integer(0));
  if (!free.empty()) transaction_.send("retire_shares", free);
}

}  // namespace orc::postgres
