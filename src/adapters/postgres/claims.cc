#include "adapters/postgres/claims.h"

#include <algorithm>

#include "adapters/postgres/payload_columns.h"
#include "adapters/postgres/share_lines.h"
#include "adapters/sql_text/text_of.h"

namespace orc::postgres {
namespace {

using Asked = Writer::Asked<ClaimRequest, Result<Claim>>;

// So many lines are looked at for a claim of `count`: each gives at least one job, as a rule.
std::int64_t lines_for(std::int64_t count) { return count + 8; }

std::vector<ShareTurn> read_shares(const Rows& rows) {
  std::vector<ShareTurn> shares;
  for (const Row row : rows)
    shares.push_back({.id = row.integer(0), .priority = row.as<int>(1), .pass = row.integer(2), .key = row.text(3)});
  return shares;
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
                 .attempts_max = row.as<int>(8)};
  if (row.boolean(3)) job.owner = row.as<UserId>(2);
  if (!row.is_null(9)) job.timeout = std::chrono::seconds{row.integer(9)};
  return job;
}

}  // namespace

void ClaimKind::run(Transaction& transaction, std::span<Writer::Waiting* const> operations, Timestamp now) {
  std::vector<WorkerId> workers;
  std::int64_t wanted = 0;
  for (const Writer::Waiting* one : operations) workers.push_back(static_cast<const Asked*>(one)->request().worker);
  ClaimBatch batch(transaction, now);
  const auto live = batch.begin(workers);
  for (const Writer::Waiting* one : operations) {
    const ClaimRequest& request = static_cast<const Asked*>(one)->request();
    if (const auto worker = live.find(request.worker); worker != live.end() && worker->second == WorkerIntake::open)
      wanted += request.count;
  }
  auto jobs = batch.take(wanted);
  std::vector<WorkerId> winners;
  std::vector<std::pair<Asked*, Claim>> claims;
  for (Writer::Waiting* one : operations) {
    auto* const asked = static_cast<Asked*>(one);
    const ClaimRequest& request = asked->request();
    if (!live.contains(request.worker)) {
      asked->answer(fail(ErrorCode::not_found, text_of("worker ", request.worker, " is not registered")));
      continue;
    }
    const int count = live.at(request.worker) == WorkerIntake::open ? request.count : 0;
    const auto share = std::min<std::size_t>(static_cast<std::size_t>(count), jobs.size() - winners.size());
    const auto first = jobs.begin() + std::ssize(winners);
    claims.emplace_back(asked, Claim{.jobs = {first, first + static_cast<std::ptrdiff_t>(share)}, .next_due = {}});
    winners.insert(winners.end(), share, request.worker);
  }
  const auto next_due = batch.finish(jobs, winners);
  for (auto& [asked, claim] : claims) {
    claim.next_due = next_due;
    asked->answer(std::move(claim));
  }
}

std::map<WorkerId, WorkerIntake> ClaimBatch::begin(const std::vector<WorkerId>& workers) {
  const auto of_workers = transaction_.send("live_workers", workers);
  const auto of_due = transaction_.send("promote_due", now_, promoted_max);
  const auto of_shares = transaction_.send("next_shares", lines_for(1), std::vector<std::int64_t>{});
  transaction_.exchange();
  std::map<WorkerId, WorkerIntake> live;
  for (const Row row : transaction_.answer(of_workers)) live.emplace(row.as<WorkerId>(0), row.as<WorkerIntake>(1));
  next_ = read_shares(transaction_.answer(of_shares));
  ShareLines lines;
  for (const Row row : transaction_.answer(of_due)) lines.need(row.as<int>(0), row.bytes(1));
  if (lines.empty()) return live;
  lines.send(transaction_);
  transaction_.exchange();
  lines.settle(transaction_);
  lines.join(transaction_);
  next_ = read_shares(transaction_.ask("next_shares", lines_for(1), std::vector<std::int64_t>{}));
  return live;
}

// In rounds, as a line may run dry before its turns are over.
std::vector<ClaimedJob> ClaimBatch::take(std::int64_t count) {
  std::vector<ClaimedJob> jobs;
  auto shares = std::move(next_);
  while (count > 0 && !shares.empty()) {
    if (std::ssize(shares) < count && std::ssize(shares) == lines_for(1))
      shares = read_shares(transaction_.ask("next_shares", lines_for(count), std::vector<std::int64_t>(dry_.begin(), dry_.end())));
    for (Taken& taken : take_from(shares, plan_turns(shares, count))) {
      owners_[taken.job.id] = taken.owner;
      jobs.push_back(std::move(taken.job));
      --count;
    }
    if (count == 0) break;
    shares = read_shares(transaction_.ask("next_shares", lines_for(count), std::vector<std::int64_t>(dry_.begin(), dry_.end())));
    for (ShareTurn& share : shares) share.pass += served_[share.id];
  }
  return jobs;
}

std::vector<ClaimBatch::Taken> ClaimBatch::take_from(const std::vector<ShareTurn>& shares, const std::vector<std::int64_t>& turns) {
  std::vector<std::int64_t> ids, counts;
  std::vector<int> priorities;
  std::vector<std::string_view> keys;
  std::map<std::int64_t, const ShareTurn*> by_id;
  for (std::size_t i = 0; i < shares.size(); ++i) {
    if (turns[i] == 0) continue;
    ids.push_back(shares[i].id);
    priorities.push_back(shares[i].priority);
    keys.emplace_back(shares[i].key);
    counts.push_back(turns[i]);
    by_id[shares[i].id] = &shares[i];
  }
  std::vector<JobId> earlier;
  for (const auto& [id, owner] : owners_) earlier.push_back(id);
  std::map<std::int64_t, std::int64_t> given;
  std::vector<Taken> taken;
  for (const Row row : transaction_.ask("jobs_to_claim", ids, priorities, keys, counts, earlier)) {
    const ShareTurn& share = *by_id.at(row.integer(0));
    taken.push_back({.priority = share.priority,
                     .pass = share.pass + given[share.id]++,
                     .share = share.id,
                     .owner = row.integer(2),
                     .job = read_claimed(row)});
  }
  for (std::size_t i = 0; i < ids.size(); ++i) {
    served_[ids[i]] += given[ids[i]];
    if (given[ids[i]] < counts[i]) dry_.insert(ids[i]);
  }
  std::ranges::sort(taken, {}, [](const Taken& one) { return std::tuple(-one.priority, one.pass, one.share, one.job.id); });
  return taken;
}

std::optional<Timestamp> ClaimBatch::finish(const std::vector<ClaimedJob>& jobs, const std::vector<WorkerId>& workers) {
  std::vector<JobId> ids;
  std::vector<std::int64_t> shares, turns;
  Counters counters;
  const auto status = next_status(JobStatus::queued, JobTrigger::claimed);
  for (const ClaimedJob& job : jobs) {
    ids.push_back(job.id);
    counters.add(owners_.at(job.id), job.plugin_name, JobStatus::queued, -1);
    counters.add(owners_.at(job.id), job.plugin_name, *status, 1);
  }
  for (const auto& [share, n] : served_) {
    if (n == 0) continue;
    shares.push_back(share);
    turns.push_back(n);
  }
  if (!ids.empty()) transaction_.send("mark_claimed", ids, workers, now_);
  if (!shares.empty()) transaction_.send("pass_turns", shares, turns);
  counters.write(transaction_);
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
