#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "adapters/postgres/share_board.h"
#include "domain/job/attempt.h"
#include "ports/worker_store.h"

namespace orc::postgres {

// ClaimBatch is one transaction of claims: it looks who claims and what waits, takes jobs, and writes to whom they go.
class ClaimBatch {
 public:
  // `wanted`: by all of its claims together. Adds the classes that it meets to `classes`.
  ClaimBatch(Transaction& transaction, Timestamp now, std::int64_t wanted, ClaimRoom::Classes& classes)
      : transaction_(transaction), now_(now), classes_(classes), board_(transaction, wanted, classes) {}

  // A worker that may win jobs; one that is draining wins none.
  struct Claimant {
    ClaimRoom room;
    WorkerIntake intake = WorkerIntake::open;
  };
  using Claimants = std::map<WorkerId, Claimant>;

  // Those of `workers` that are there; they stay until the commit. Puts delayed jobs whose time has come into their lines.
  Claimants begin(const std::vector<WorkerId>& workers);

  // The next up to `count` jobs in the order of their turns that fit into `room`, locked for this transaction.
  std::vector<ClaimedJob> take(std::int64_t count, ClaimRoom& room);

  // After begin().
  const ShareBoard& board() const { return board_; }
  // When the next delayed job is due.
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

  void read_delays(const Rows& rows);
  Claimants read_claimants(const Rows& workers, const Rows& held);
  void keep_room(Search& search);
  std::vector<ShareLine> servable(const std::vector<ShareTurn>& shares, const Search& search) const;
  std::vector<Taken> take_from(const std::vector<ShareLine>& lines, const std::vector<std::int64_t>& turns, const ClaimRoom& room);
  static std::vector<Taken> in_turn(std::vector<std::vector<Taken>> by_line, const std::vector<std::int64_t>& turns);
  void note_taken(const Taken& taken);

  Transaction& transaction_;
  const Timestamp now_;
  ClaimRoom::Classes& classes_;
  ShareBoard board_;
  std::vector<JobId> taken_;
  std::optional<Timestamp> next_due_;
};

}  // namespace orc::postgres
