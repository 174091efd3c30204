#pragma once

#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>
#include <vector>

#include "adapters/postgres/turn_plan.h"
#include "adapters/postgres/writer.h"
#include "ports/job_store.h"
#include "ports/worker_store.h"

namespace orc::postgres {

struct ClaimRequest {
  WorkerId worker{};
  int count = 1;
};

// ClaimKind hands waiting jobs to workers: requests are ClaimRequest, answers Claim, as JobStore::claim. Several claims share one
// transaction. Claims of other processes go on beside it, on other jobs.
class ClaimKind final : public Writer::Kind {
 public:
  // Behind the ends of runs: they make room, and take rows that are locked in no order among claims.
  int order() const override { return 1; }
  void run(Transaction& transaction, std::span<Writer::Waiting* const> operations, Timestamp now) override;

 private:
  ClaimRoom::Classes classes_;  // that were met so far; they never change
};

// One transaction's worth of it.
class ClaimBatch {
 public:
  // `wanted`: by all of its claims together. Adds the classes that it meets to `classes`.
  ClaimBatch(Transaction& transaction, Timestamp now, std::int64_t wanted, ClaimRoom::Classes& classes)
      : transaction_(transaction), now_(now), wanted_(wanted), classes_(classes) {}

  // A worker that may win jobs; one that is draining wins none.
  struct Claimant {
    ClaimRoom room;
    WorkerIntake intake = WorkerIntake::open;
  };

  // Those of `workers` that are there; they stay until the commit. Puts delayed jobs whose time has come into their lines.
  std::map<WorkerId, Claimant> begin(const std::vector<WorkerId>& workers);

  // The next up to `count` jobs in the order of their turns that fit into `room`, locked for this transaction.
  std::vector<ClaimedJob> take(std::int64_t count, ClaimRoom& room);

  // How each class that jobs wait of fits into `room`, if it can hold `count` jobs of any that fits; nothing if it may fill up. Workers
  // that are given the same answer can be served as one.
  std::optional<std::vector<Fit>> ample_for(const ClaimRoom& room, std::int64_t count) const;

  // Whether a job waits that would run in this room if less of it were held.
  bool some_wait_for(const ClaimRoom& room) const;

  // When the next delayed job is due. After begin().
  std::optional<Timestamp> next_due() const { return next_due_; }

  // Writes to whom each job goes that was taken, in the order in which they were.
  void finish(const std::vector<WorkerId>& winners);

 private:
  // One claim looks at this many delayed jobs whose time has come, or whose wait is not to be believed; the rest comes with the next one.
  static constexpr std::int64_t promoted_max = 1000;

  // What one worker's claim knows beside its room.
  struct Search {
    ClaimRoom& room;
    std::optional<Place> kept;                // where the job stands that room is kept for
    std::set<PlacementClassId> looked_after;  // whose first job was asked how long it has waited
  };

  struct Taken {
    int priority;
    std::int64_t pass;
    ShareTurn share;
    Standing standing;
    std::int64_t owner;
    ClaimedJob job;
  };

  // What one key was given.
  struct Served {
    std::int64_t turns = 0;
    std::int64_t level = 0;  // its pass was taken to this first
  };

  void read_delays(const Rows& rows);
  void know(PlacementClassId one, std::optional<std::string> requirements);
  void first_look(const Rows& rows);
  void read_shares(const Rows& rows, std::int64_t per_class);
  void note_taken(const Taken& taken);
  std::int64_t pass_of(const ShareTurn& share) const;
  std::vector<ShareTurn> usable(const ClaimRoom& room) const;
  bool is_cut_short(const ClaimRoom& room) const;
  std::vector<ShareTurn> look(const ClaimRoom& room);
  void keep_room(Search& search);
  std::vector<ShareLine> servable(const std::vector<ShareTurn>& shares, const Search& search) const;
  std::vector<Taken> take_from(const std::vector<ShareLine>& lines, const std::vector<std::int64_t>& turns, const ClaimRoom& room);
  void retire_dry_shares();

  Transaction& transaction_;
  const Timestamp now_;
  const std::int64_t wanted_;
  ClaimRoom::Classes& classes_;
  std::vector<ShareTurn> seen_;  // the first seen_max_ of each class, as they were before this batch
  std::int64_t seen_max_ = 0;
  std::set<PlacementClassId> waiting_;                    // the classes of the first look; what comes later waits for the next claim
  std::set<std::int64_t> dry_;                            // shares that gave fewer than their turns
  std::map<std::pair<int, std::string>, Served> served_;  // by priority and key
  std::vector<JobId> taken_;
  std::optional<Timestamp> next_due_;
};

}  // namespace orc::postgres
