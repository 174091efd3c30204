#include "adapters/postgres/claims.h"

#include <algorithm>

#include "adapters/postgres/payload_columns.h"
#include "adapters/postgres/share_lines.h"
#include "adapters/sql_text/placement_text.h"
#include "adapters/sql_text/text_of.h"

namespace orc::postgres {
namespace {

using Asked = Writer::Asked<ClaimRequest, Result<Claim>>;

// So many lines are looked at for a claim of `count`: each gives at least one job, as a rule.
std::int64_t lines_for(std::int64_t count) { return count + 8; }

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
    const ClaimRequest& request = static_cast<const Asked*>(one)->request();
    workers.push_back(request.worker);
    wanted += request.count;
  }
  ClaimBatch batch(transaction, now, wanted, classes_);
  auto claimants = batch.begin(workers);
  std::vector<ClaimedJob> jobs;
  std::vector<WorkerId> winners;
  std::vector<std::pair<Asked*, Claim>> claims;
  for (Writer::Waiting* one : operations) {
    auto* const asked = static_cast<Asked*>(one);
    const ClaimRequest& request = asked->request();
    const auto claimant = claimants.find(request.worker);
    if (claimant == claimants.end()) {
      asked->answer(fail(ErrorCode::not_found, text_of("worker ", request.worker, " is not registered")));
      continue;
    }
    const bool is_open = claimant->second.intake == WorkerIntake::open;
    ClaimRoom& room = claimant->second.room;
    Claim claim{.jobs = batch.take(is_open ? request.count : 0, room), .next_due = {}};
    claim.waits_for_room = is_open && claim.jobs.empty() && batch.some_wait_for(room);
    jobs.insert(jobs.end(), claim.jobs.begin(), claim.jobs.end());
    winners.insert(winners.end(), claim.jobs.size(), request.worker);
    claims.emplace_back(asked, std::move(claim));
  }
  const auto next_due = batch.finish(jobs, winners);
  for (auto& [asked, claim] : claims) {
    claim.next_due = next_due;
    asked->answer(std::move(claim));
  }
}

std::map<WorkerId, ClaimBatch::Claimant> ClaimBatch::begin(const std::vector<WorkerId>& workers) {
  const auto of_workers = transaction_.send("live_workers", workers);
  const auto of_held = transaction_.send("runs_held", workers);
  const auto of_due = transaction_.send("promote_due", now_, promoted_max);
  const auto of_shares = transaction_.send("next_shares", lines_for(1), std::vector<std::int64_t>{});
  transaction_.exchange();
  std::map<WorkerId, Claimant> claimants;
  for (const Row row : transaction_.answer(of_workers))
    claimants.emplace(row.as<WorkerId>(0),
                      Claimant{.room = ClaimRoom(Room(row.as<Isolation>(1), equipment_from_text(row.bytes(2))), classes_),
                               .intake = row.as<WorkerIntake>(3)});
  for (const Row row : transaction_.answer(of_held)) {
    const auto one = row.as<PlacementClassId>(1);
    know(one, row.maybe_text(2));
    if (const auto claimant = claimants.find(row.as<WorkerId>(0)); claimant != claimants.end())
      claimant->second.room.hold(one, row.integer(3));
  }
  read_shares(transaction_.answer(of_shares), lines_for(1));
  ShareLines lines;
  for (const Row row : transaction_.answer(of_due)) lines.need(row.as<int>(0), row.bytes(1), row.as<PlacementClassId>(2));
  if (lines.empty()) return claimants;
  lines.send(transaction_);
  transaction_.exchange();
  lines.settle(transaction_);
  lines.join(transaction_);
  read_shares(transaction_.ask("next_shares", lines_for(1), std::vector<std::int64_t>{}), lines_for(1));
  return claimants;
}

void ClaimBatch::know(PlacementClassId one, std::optional<std::string> requirements) {
  if (requirements && !classes_.contains(one)) classes_.emplace(one, requirements_from_text(*requirements));
}

void ClaimBatch::read_shares(const Rows& rows, std::int64_t per_class) {
  seen_.clear();
  seen_max_ = per_class;
  for (const Row row : rows) {
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
      ++served.turns;
      served.level = std::max(served.level, level);
      owners_[taken.job.id] = taken.owner;
      jobs.push_back(std::move(taken.job));
      --count;
    }
  }
  return jobs;
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
  std::vector<JobId> earlier;
  for (const auto& [id, owner] : owners_) earlier.push_back(id);
  std::map<std::int64_t, std::int64_t> given;
  std::vector<std::vector<Taken>> by_line(lines.size());
  for (const Row row : transaction_.ask("jobs_to_claim", ids, priorities, keys, classes, counts, earlier)) {
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

std::optional<Timestamp> ClaimBatch::finish(const std::vector<ClaimedJob>& jobs, const std::vector<WorkerId>& workers) {
  std::vector<JobId> ids;
  std::vector<int> priorities;
  std::vector<std::string_view> keys;
  std::vector<std::int64_t> turns, levels;
  const auto status = next_status(JobStatus::queued, JobTrigger::claimed);
  for (const ClaimedJob& job : jobs) {
    ids.push_back(job.id);
    transaction_.counters().add(owners_.at(job.id), job.plugin_name, JobStatus::queued, -1);
    transaction_.counters().add(owners_.at(job.id), job.plugin_name, *status, 1);
  }
  for (const auto& [line, served] : served_) {
    priorities.push_back(line.first);
    keys.emplace_back(line.second);
    turns.push_back(served.turns);
    levels.push_back(served.level);
  }
  if (!ids.empty()) transaction_.send("mark_claimed", ids, workers, now_);
  if (!keys.empty()) transaction_.send("pass_turns", priorities, keys, turns, levels);
  const auto due = transaction_.send("next_due");
  transaction_.exchange();
  const auto next_due = transaction_.answer(due)[0].maybe_time(0);
  retire_dry_shares();
  return next_due;
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
