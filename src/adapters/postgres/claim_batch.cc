#include "adapters/postgres/claim_batch.h"

#include <algorithm>

#include "adapters/postgres/payload_columns.h"
#include "adapters/postgres/share_lines.h"
#include "adapters/sql_text/placement_text.h"
#include "domain/assert.h"
#include "domain/job/wait_skew.h"
#include "ports/job_store.h"

namespace orc::postgres {
namespace {

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

ClaimBatch::Claimants ClaimBatch::begin(const std::vector<WorkerId>& workers) {
  transaction_.send("lock_claims", workers);
  const auto of_workers = transaction_.send("live_workers", workers);
  const auto of_held = transaction_.send("runs_held", workers);
  const auto of_due = transaction_.send("promote_due", now_, promoted_max);
  const auto of_next_due = transaction_.send("next_due");
  const auto of_shares = board_.send();
  transaction_.exchange();
  Claimants claimants = read_claimants(transaction_.answer(of_workers), transaction_.answer(of_held));
  board_.read(transaction_.answer(of_shares));
  ShareLines lines;
  for (const Row row : transaction_.answer(of_due)) lines.need(row.as<int>(0), row.bytes(1), row.as<PlacementClassId>(2));
  read_delays(transaction_.answer(of_next_due));
  if (lines.empty()) return claimants;
  lines.send(transaction_);
  transaction_.exchange();
  lines.settle(transaction_);
  lines.join(transaction_);
  const auto again = board_.send();
  transaction_.exchange();
  board_.read(transaction_.answer(again));
  return claimants;
}

ClaimBatch::Claimants ClaimBatch::read_claimants(const Rows& workers, const Rows& held) {
  Claimants claimants;
  for (const Row row : workers)
    claimants.emplace(row.as<WorkerId>(0),
                      Claimant{.room = ClaimRoom(Room(row.as<Isolation>(1), equipment_from_text(row.bytes(2))), row.integer(4), classes_),
                               .intake = row.as<WorkerIntake>(3)});
  for (const Row row : held) {
    const auto one = row.as<PlacementClassId>(1);
    board_.know(one, row.maybe_text(2));
    if (const auto claimant = claimants.find(row.as<WorkerId>(0)); claimant != claimants.end())
      claimant->second.room.hold(one, row.integer(3));
  }
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

// In rounds, as a line may run dry before its turns are over.
std::vector<ClaimedJob> ClaimBatch::take(std::int64_t count, ClaimRoom& room) {
  std::vector<ClaimedJob> jobs;
  for (Search search{.room = room, .kept = {}, .looked_after = {}}; count > 0;) {
    const auto shares = board_.look(room);
    keep_room(search);
    const auto lines = servable(shares, search);
    if (lines.empty()) break;
    const std::int64_t level = level_of(lines);
    for (Taken& taken : take_from(lines, plan_turns(lines, search.kept ? 1 : count, level), room)) {
      if (count == 0 || !room.may_take(taken.share.of_class, taken.standing)) continue;
      room.take(taken.share.of_class);
      board_.give_turn(taken.priority, taken.share.key, level);
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

// Looks for the first job, in the order of turns, that could run in this room and has waited too long for it.
void ClaimBatch::keep_room(Search& search) {
  if (search.kept) return;
  std::vector<ShareTurn> heads = board_.lacking_room(search.room);
  std::erase_if(heads, [&](const ShareTurn& head) { return !search.looked_after.insert(head.of_class).second; });
  if (heads.empty()) return;
  std::vector<int> priorities;
  std::vector<std::string_view> keys;
  std::vector<PlacementClassId> classes;
  for (const ShareTurn& head : heads) {
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
    if (given[ids[i]] < counts[i]) board_.ran_dry(ids[i]);
  return in_turn(std::move(by_line), turns);
}

// Of a key with jobs of several classes, the oldest of all; what is too much of each is left where it is.
std::vector<ClaimBatch::Taken> ClaimBatch::in_turn(std::vector<std::vector<Taken>> by_line, const std::vector<std::int64_t>& turns) {
  std::vector<Taken> taken;
  for (std::size_t i = 0; i < by_line.size(); ++i) {
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
  if (!taken_.empty()) transaction_.send("mark_claimed", taken_, winners, now_);
  board_.write();
}

}  // namespace orc::postgres
