#include "adapters/postgres/claims.h"

#include <algorithm>
#include <iterator>

#include "adapters/postgres/payload_columns.h"
#include "adapters/postgres/share_lines.h"
#include "adapters/sql_text/placement_text.h"
#include "adapters/sql_text/text_of.h"
#include "domain/assert.h"
#include "domain/job/wait_skew.h"

namespace orc::postgres {
namespace {

using AskedClaim = Writer::Asked<ClaimRequest, Result<Claim>>;

// So many lines are looked at for a claim of `count`: each gives at least one job, as a rule.
std::int64_t lines_for(std::int64_t count) { return count + 8; }

// Requests that are served as one: those of one worker; and those of all workers that the same classes fit and that have room for all that
// they ask for, as a fleet mostly is.
struct Party {
  std::int64_t wanted = 0;
  std::vector<AskedClaim*> requests;
  bool is_pooled = false;
};

using Claimants = std::map<WorkerId, ClaimBatch::Claimant>;

std::vector<Party> parties_of(const ClaimBatch& batch, const Claimants& claimants, const std::vector<AskedClaim*>& requests) {
  std::map<WorkerId, std::int64_t> counts;
  for (const AskedClaim* asked : requests) counts[asked->request().worker] += asked->request().count;
  std::vector<Party> parties;
  std::map<WorkerId, std::size_t> by_worker;
  std::map<std::vector<Fit>, std::size_t> by_fit;
  for (AskedClaim* const asked : requests) {
    const WorkerId worker = asked->request().worker;
    auto known = by_worker.find(worker);
    if (known == by_worker.end()) {
      std::size_t place = parties.size();
      const auto fits = batch.ample_for(claimants.at(worker).room, counts.at(worker));
      if (fits) place = by_fit.emplace(*fits, place).first->second;
      if (place == parties.size()) parties.push_back({.wanted = 0, .requests = {}, .is_pooled = fits.has_value()});
      known = by_worker.emplace(worker, place).first;
    }
    Party& party = parties[known->second];
    party.wanted += asked->request().count;
    party.requests.push_back(asked);
  }
  return parties;
}

ClaimedJob read_claimed(Row row) {
  ClaimedJob job{.id = row.as<JobId>(1),
                 .fence = Fence{row.integer(6) + 1},
                 .attempt = row.as<int>(7) + 1,
                 .owner = {},
                 .version = row.as<PluginVersionId>(5),
                 .plugin_name = row.text(4),
                 .input = read_payload(row, 10).value_or(Payload{.text = "{}", .blob = {}}),
                 .timeout = {},
                 .attempts_max = row.as<int>(8),
                 .due_at = row.time(13)};
  if (row.boolean(3)) job.owner = row.as<UserId>(2);
  if (!row.is_null(9)) job.timeout = std::chrono::seconds{row.integer(9)};
  return job;
}

}  // namespace

void ClaimKind::run(Transaction& transaction, std::span<Writer::Waiting* const> operations, Timestamp now) {
  std::vector<WorkerId> workers;
  std::int64_t wanted = 0;
  for (const Writer::Waiting* one : operations) {
    const ClaimRequest& request = static_cast<const AskedClaim*>(one)->request();
    workers.push_back(request.worker);
    wanted += request.count;
  }
  ClaimBatch batch(transaction, now, wanted, classes_);
  auto claimants = batch.begin(workers);
  std::vector<AskedClaim*> open;
  for (Writer::Waiting* one : operations) {
    auto* const asked = static_cast<AskedClaim*>(one);
    const auto claimant = claimants.find(asked->request().worker);
    if (claimant == claimants.end())
      asked->answer(fail(ErrorCode::not_found, text_of("worker ", asked->request().worker, " is not registered")));
    else if (claimant->second.intake != WorkerIntake::open)
      asked->answer(Claim{.jobs = {}, .next_due = batch.next_due()});
    else
      open.push_back(asked);
  }
  std::vector<WorkerId> winners;
  for (const Party& party : parties_of(batch, claimants, open)) {
    ClaimRoom& room = claimants.at(party.requests.front()->request().worker).room;
    ClaimRoom pooled = room.bottomless();
    auto won = batch.take(party.wanted, party.is_pooled ? pooled : room);
    auto next = std::make_move_iterator(won.begin());
    const auto end = std::make_move_iterator(won.end());
    for (AskedClaim* const asked : party.requests) {
      const auto [worker, count] = asked->request();
      const auto share = std::min<std::ptrdiff_t>(count, end - next);
      Claim claim{.jobs = {next, next + share}, .next_due = batch.next_due()};
      claim.waits_for_room = share < count && batch.some_wait_for(claimants.at(worker).room);
      winners.insert(winners.end(), static_cast<std::size_t>(share), worker);
      next += share;
      asked->answer(std::move(claim));
    }
  }
  batch.finish(winners);
}

Claimants ClaimBatch::begin(const std::vector<WorkerId>& workers) {
  transaction_.send("lock_claims", workers);
  const auto of_workers = transaction_.send("live_workers", workers);
  const auto of_held = transaction_.send("runs_held", workers);
  const auto of_due = transaction_.send("promote_due", now_, promoted_max);
  const auto of_next_due = transaction_.send("next_due");
  const auto of_shares = transaction_.send("next_shares", lines_for(1), std::vector<std::int64_t>{});
  transaction_.exchange();
  Claimants claimants;
  for (const Row row : transaction_.answer(of_workers))
    claimants.emplace(row.as<WorkerId>(0),
                      Claimant{.room = ClaimRoom(Room(row.as<Isolation>(1), equipment_from_text(row.bytes(2))), row.integer(4), classes_),
                               .intake = row.as<WorkerIntake>(3)});
  for (const Row row : transaction_.answer(of_held)) {
    const auto one = row.as<PlacementClassId>(1);
    know(one, row.maybe_text(2));
    if (const auto claimant = claimants.find(row.as<WorkerId>(0)); claimant != claimants.end())
      claimant->second.room.hold(one, row.integer(3));
  }
  first_look(transaction_.answer(of_shares));
  ShareLines lines;
  for (const Row row : transaction_.answer(of_due)) lines.need(row.as<int>(0), row.bytes(1), row.as<PlacementClassId>(2));
  read_delays(transaction_.answer(of_next_due));
  if (lines.empty()) return claimants;
  lines.send(transaction_);
  transaction_.exchange();
  lines.settle(transaction_);
  lines.join(transaction_);
  first_look(transaction_.ask("next_shares", lines_for(1), std::vector<std::int64_t>{}));
  return claimants;
}

// Retries whose wait began in what is the future now, since the clock was set back, begin it anew.
void ClaimBatch::read_delays(const Rows& rows) {
  next_due_ = rows[0].maybe_time(0);
  const auto latest = rows[0].maybe_time(1);
  if (!latest || *latest <= now_ + wait_skew_max) return;
  transaction_.send("restart_waits", now_, now_ + wait_skew_max, promoted_max);
  next_due_ = transaction_.ask("next_due")[0].maybe_time(0);
}

void ClaimBatch::know(PlacementClassId one, std::optional<std::string> requirements) {
  if (requirements && !classes_.contains(one)) classes_.emplace(one, requirements_from_text(*requirements));
}

void ClaimBatch::first_look(const Rows& rows) {
  waiting_.clear();
  for (const Row row : rows) waiting_.insert(row.as<PlacementClassId>(4));
  read_shares(rows, lines_for(1));
}

std::optional<std::vector<Fit>> ClaimBatch::ample_for(const ClaimRoom& room, std::int64_t count) const {
  std::vector<Fit> fits;
  for (const PlacementClassId one : waiting_) {
    fits.push_back(room.fit(one));
    if (fits.back() == Fit::later) return {};
    if (fits.back() == Fit::now && room.space_for(one, count, Standing::before) < count) return {};
  }
  return fits;
}

void ClaimBatch::read_shares(const Rows& rows, std::int64_t per_class) {
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

// In rounds, as a line may run dry before its turns are over.
std::vector<ClaimedJob> ClaimBatch::take(std::int64_t count, ClaimRoom& room) {
  std::vector<ClaimedJob> jobs;
  for (Search search{.room = room, .kept = {}, .looked_after = {}}; count > 0;) {
    const auto shares = look(room);
    keep_room(search);
    const auto lines = servable(shares, search);
    if (lines.empty()) break;
    const std::int64_t level = level_of(lines);
    for (Taken& taken : take_from(lines, plan_turns(lines, search.kept ? 1 : count, level), room)) {
      if (count == 0 || !room.may_take(taken.share.of_class, taken.standing)) continue;
      room.take(taken.share.of_class);
      Served& served = served_[{taken.priority, taken.share.key}];
      // As if each turn had been written at once: one that was taken to a higher level later has its earlier turns below that.
      served.level = std::max(served.level, level - served.turns);
      ++served.turns;
      note_taken(taken);
      jobs.push_back(std::move(taken.job));
      --count;
    }
  }
  return jobs;
}

void ClaimBatch::note_taken(const Taken& taken) {
  taken_.push_back(taken.job.id);
  transaction_.counters().add(taken.owner, taken.job.plugin_name, JobStatus::queued, -1);
  transaction_.counters().add(taken.owner, taken.job.plugin_name, *next_status(JobStatus::queued, JobTrigger::claimed), 1);
}

std::int64_t ClaimBatch::pass_of(const ShareTurn& share) const {
  const auto served = served_.find({share.priority, share.key});
  if (served == served_.end()) return share.pass;
  return std::max(share.pass, served->second.level) + served->second.turns;
}

// In the order of their turns, with the turns that this batch has given.
std::vector<ShareTurn> ClaimBatch::usable(const ClaimRoom& room) const {
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
bool ClaimBatch::is_cut_short(const ClaimRoom& room) const {
  std::map<PlacementClassId, std::int64_t> counts;
  for (const ShareTurn& share : seen_)
    if (++counts[share.of_class] == seen_max_ && room.fit(share.of_class) == Fit::now) return true;
  return false;
}

// Enough lines for the whole batch, as each of its claims takes turns away from the first ones.
std::vector<ShareTurn> ClaimBatch::look(const ClaimRoom& room) {
  auto shares = usable(room);
  if (std::ssize(shares) >= wanted_ || !is_cut_short(room)) return shares;
  const std::int64_t lines = lines_for(wanted_);
  read_shares(transaction_.ask("next_shares", lines, std::vector<std::int64_t>(dry_.begin(), dry_.end())), lines);
  return usable(room);
}

// Looks for the first job, in the order of turns, that could run in this room and has waited too long for it.
void ClaimBatch::keep_room(Search& search) {
  if (search.kept) return;
  std::vector<ShareTurn> heads;
  for (const ShareTurn& share : seen_) {
    const bool is_later = !dry_.contains(share.id) && search.room.lacks_room(share.of_class);
    if (is_later && search.looked_after.insert(share.of_class).second) heads.push_back(share);
  }
  if (heads.empty()) return;
  std::vector<int> priorities;
  std::vector<std::string_view> keys;
  std::vector<PlacementClassId> classes;
  for (ShareTurn& head : heads) {
    head.pass = pass_of(head);
    priorities.push_back(head.priority);
    keys.emplace_back(head.key);
    classes.push_back(head.of_class);
  }
  const ShareTurn* first = nullptr;
  for (const Row row : transaction_.ask("head_due", priorities, keys, classes)) {
    const ShareTurn& head = heads.at(static_cast<std::size_t>(row.integer(0) - 1));
    const auto due = row.maybe_time(1);
    if (due && now_ - *due >= placement_patience && (!first || place_of(head) < place_of(*first))) first = &head;
  }
  if (!first) return;
  search.kept = place_of(*first);
  search.room.keep_for(first->of_class);
}

std::vector<ShareLine> ClaimBatch::servable(const std::vector<ShareTurn>& shares, const Search& search) const {
  auto lines = lines_of(shares);
  if (!search.kept) return lines;
  for (ShareLine& line : lines) {
    line.standing = place_of(line.parts.front()) < *search.kept ? Standing::before : Standing::behind;
    std::erase_if(line.parts, [&](const ShareTurn& part) { return !search.room.may_take(part.of_class, line.standing); });
  }
  std::erase_if(lines, [](const ShareLine& line) { return line.parts.empty(); });
  return lines;
}

bool ClaimBatch::some_wait_for(const ClaimRoom& room) const {
  return std::ranges::any_of(seen_,
                             [&](const ShareTurn& share) { return !dry_.contains(share.id) && room.fit(share.of_class) == Fit::later; });
}

// Of a key with jobs of several classes, the oldest of all; what is too much of each is left where it is.
std::vector<ClaimBatch::Taken> ClaimBatch::take_from(const std::vector<ShareLine>& lines, const std::vector<std::int64_t>& turns,
                                                     const ClaimRoom& room) {
  std::vector<std::int64_t> ids, counts;
  std::vector<int> priorities;
  std::vector<std::string_view> keys;
  std::vector<PlacementClassId> classes;
  std::map<std::int64_t, std::pair<std::size_t, const ShareTurn*>> by_id;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (turns[i] == 0) continue;
    for (const ShareTurn& part : lines[i].parts) {
      ids.push_back(part.id);
      priorities.push_back(part.priority);
      keys.emplace_back(part.key);
      classes.push_back(part.of_class);
      counts.push_back(room.space_for(part.of_class, turns[i], lines[i].standing));
      by_id[part.id] = {i, &part};
    }
  }
  std::map<std::int64_t, std::int64_t> given;
  std::vector<std::vector<Taken>> by_line(lines.size());
  for (const Row row : transaction_.ask("jobs_to_claim", ids, priorities, keys, classes, counts, taken_)) {
    const auto& [line, share] = by_id.at(row.integer(0));
    ++given[share->id];
    by_line[line].push_back({.priority = share->priority,
                             .pass = lines[line].pass,
                             .share = *share,
                             .standing = lines[line].standing,
                             .owner = row.integer(2),
                             .job = read_claimed(row)});
  }
  for (std::size_t i = 0; i < ids.size(); ++i)
    if (given[ids[i]] < counts[i]) dry_.insert(ids[i]);
  std::vector<Taken> taken;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    auto& jobs = by_line[i];
    std::ranges::sort(jobs, {}, [](const Taken& one) { return one.job.id; });
    if (std::ssize(jobs) > turns[i]) jobs.erase(jobs.begin() + turns[i], jobs.end());
    for (std::size_t n = 0; n < jobs.size(); ++n) {
      jobs[n].pass += static_cast<std::int64_t>(n);
      taken.push_back(std::move(jobs[n]));
    }
  }
  std::ranges::sort(taken, {}, [](const Taken& one) { return std::tuple(-one.priority, one.pass, one.share.id, one.job.id); });
  return taken;
}

void ClaimBatch::finish(const std::vector<WorkerId>& winners) {
  ORC_ASSERT(winners.size() == taken_.size());
  std::vector<int> priorities;
  std::vector<std::string_view> keys;
  std::vector<std::int64_t> turns, levels;
  for (const auto& [line, served] : served_) {
    priorities.push_back(line.first);
    keys.emplace_back(line.second);
    turns.push_back(served.turns);
    levels.push_back(served.level);
  }
  if (!taken_.empty()) transaction_.send("mark_claimed", taken_, winners, now_);
  if (!keys.empty()) transaction_.send("pass_turns", priorities, keys, turns, levels);
  retire_dry_shares();
}

// Only those that no submission is joining just now: who holds such a row has a job for it.
void ClaimBatch::retire_dry_shares() {
  if (dry_.empty()) return;
  std::vector<std::int64_t> free;
  for (const Row row : transaction_.ask("shares_to_retire", std::vector<std::int64_t>(dry_.begin(), dry_.end())))
    free.push_back(row.integer(0));
  if (!free.empty()) transaction_.send("retire_shares", free);
}

}  // namespace orc::postgres
