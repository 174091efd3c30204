#include "adapters/postgres/claims.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <vector>

#include "adapters/postgres/claim_batch.h"
#include "adapters/sql_text/text_of.h"

namespace orc::postgres {
namespace {

using AskedClaim = Writer::Asked<ClaimRequest, Result<Claim>>;

// Requests that are served as one: those of one worker; and those of all workers that the same classes fit and that have room for all that
// they ask for, as a fleet mostly is.
struct Party {
  std::int64_t wanted = 0;
  std::vector<AskedClaim*> requests;
  bool is_pooled = false;
};

std::vector<Party> parties_of(const ShareBoard& board, const ClaimBatch::Claimants& claimants, const std::vector<AskedClaim*>& requests) {
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
      const auto fits = board.ample_for(claimants.at(worker).room, counts.at(worker));
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
  for (const Party& party : parties_of(batch.board(), claimants, open)) {
    ClaimRoom& room = claimants.at(party.requests.front()->request().worker).room;
    ClaimRoom pooled = room.bottomless();
    auto won = batch.take(party.wanted, party.is_pooled ? pooled : room);
    auto next = std::make_move_iterator(won.begin());
    const auto end = std::make_move_iterator(won.end());
    for (AskedClaim* const asked : party.requests) {
      const auto [worker, count] = asked->request();
      const auto share = std::min<std::ptrdiff_t>(count, end - next);
      Claim claim{.jobs = {next, next + share}, .next_due = batch.next_due()};
      claim.waits_for_room = share < count && batch.board().some_wait_for(claimants.at(worker).room);
      winners.insert(winners.end(), static_cast<std::size_t>(share), worker);
      next += share;
      asked->answer(std::move(claim));
    }
  }
  batch.finish(winners);
}

}  // namespace orc::postgres
