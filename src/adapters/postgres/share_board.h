#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "adapters/postgres/transaction.h"
#include "adapters/postgres/turn_plan.h"

namespace orc::postgres {

// ShareBoard is what one transaction of claims knows of the lines in which jobs wait: which rows of `shares` there are, whose turn is next,
// what this transaction has given them already, and which of them ran dry. One for each transaction.
class ShareBoard {
 public:
  // `wanted`: jobs, by all claims of the transaction together. Adds the classes that it meets to `classes`.
  ShareBoard(Transaction& transaction, std::int64_t wanted, ClaimRoom::Classes& classes)
      : transaction_(transaction), wanted_(wanted), classes_(classes) {}

  // Sends the question for the first of each class along with what is sent anyway; read() gets its answer, and what waits from then on
  // does so for the next claim.
  std::size_t send() const;
  void read(const Rows& rows);

  // What a class asks for, if that is not known yet.
  void know(PlacementClassId one, std::optional<std::string> requirements);

  // How each class that jobs wait of fits into `room`, if it can hold `count` jobs of any that fits; nothing if it may fill up. Workers
  // that are given the same answer can be served as one.
  std::optional<std::vector<Fit>> ample_for(const ClaimRoom& room, std::int64_t count) const;

  // Whether a job waits that would run in this room if less of it were held.
  bool some_wait_for(const ClaimRoom& room) const;

  // Those that fit into `room` now, in the order of their turns: enough for the whole transaction, as each of its claims takes turns away
  // from the first ones. May ask again.
  std::vector<ShareTurn> look(const ClaimRoom& room);

  // Those that lack room in `room` and are not dry, as they were read, with the turns that they were given.
  std::vector<ShareTurn> lacking_room(const ClaimRoom& room) const;

  // A job of this line was taken while lines were at this level (level_of()).
  void give_turn(int priority, const std::string& key, std::int64_t level);
  // Gave fewer jobs than it was asked for.
  void ran_dry(std::int64_t share) { dry_.insert(share); }

  // Writes the turns that were given, and removes what ran dry.
  void write();

 private:
  // What one key was given.
  struct Served {
    std::int64_t turns = 0;
    std::int64_t level = 0;  // its pass was taken to this first
  };

  void read_shares(const Rows& rows, std::int64_t per_class);
  std::int64_t pass_of(const ShareTurn& share) const;
  std::vector<ShareTurn> usable(const ClaimRoom& room) const;
  bool is_cut_short(const ClaimRoom& room) const;
  void retire_dry_shares();

  Transaction& transaction_;
  const std::int64_t wanted_;
  ClaimRoom::Classes& classes_;
  std::vector<ShareTurn> seen_;  // the first seen_max_ of each class, as they were before this transaction
  std::int64_t seen_max_ = 0;
  std::set<PlacementClassId> waiting_;                    // the classes of the first look; what comes later waits for the next claim
  std::set<std::int64_t> dry_;                            // shares that gave fewer than their turns
  std::map<std::pair<int, std::string>, Served> served_;  // by priority and key
};

}  // namespace orc::postgres
