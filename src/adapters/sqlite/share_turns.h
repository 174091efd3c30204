#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "adapters/sqlite/statement_catalog.h"
#include "adapters/sqlite/transaction_part.h"
#include "domain/job/job.h"
#include "domain/placement/claim_room.h"

namespace orc::sqlite {

// ShareTurns decides whose waiting job runs next: the highest priority first; within it the share keys take turns, job by job; within a key
// the oldest. It is stride scheduling with equal weights over the table `shares` (docs/decisions/fair_shares.md): each key has a pass,
// the lowest is next, being served adds one. A key costs a row for each placement class that it has jobs of, and nothing afterwards; only
// rows of classes that fit a worker are looked at for it. Writer's thread only.
class ShareTurns final : public TransactionPart {
 public:
  ShareTurns(Connection& connection, const StatementCatalog& catalog);

  // A job of this key and class may run now. Cheap when the key is known to have others.
  void join(int priority, std::string_view share_key, PlacementClassId one);

  // The classes that jobs may be waiting of.
  const std::set<PlacementClassId>& waiting_classes();

  // Whether a job waits that would run in this room if less of it were held.
  bool some_wait_for(const ClaimRoom& room);

  using Take = std::function<bool(JobId, PlacementClassId)>;

  // Hands jobs to `claim` in the order of their turns, until it has accepted `count` of them or `room` has none for the rest. `claim` must
  // take the job out of the queue, and gives whether it accepts it: one that it does not costs its key no turn. Ends early after
  // passed_over_max of those. Precondition: `room` knows waiting_classes().
  void take(std::size_t count, ClaimRoom& room, Timestamp now, const Take& claim);

  void before_commit() override {}
  void rolled_back() noexcept override;

 private:
  // A key's jobs of one class: a row of the table.
  struct Part {
    std::int64_t id;
    PlacementClassId of_class;
  };

  // A key, with those of its parts that may be served.
  struct Line {
    int priority;
    std::int64_t pass;
    std::string key;
    std::vector<Part> parts;
    Standing standing;
  };

  // In the order of turns: negative priority, pass, id of the row.
  using Place = std::tuple<int, std::int64_t, std::int64_t>;

  struct Served {
    std::size_t accepted = 0;
    std::size_t passed_over = 0;
    Served& operator+=(const Served& more);
  };

  // Bounds how long a call takes that meets nothing but orphans.
  static constexpr std::size_t passed_over_max = 500;

  // Keys that are known to have a row; saves asking for every job.
  static constexpr std::size_t known_max = 10'000;

  void add(int priority, std::string_view share_key, PlacementClassId one);
  std::optional<std::int64_t> lowest_pass(int priority, PlacementClassId one);
  std::vector<Line> next_lines(const ClaimRoom& room, std::size_t count);
  static void join_parts(std::vector<Line>& lines);
  static Place place_of(const Line& line);
  std::optional<Place> keep_room(ClaimRoom& room, Timestamp now);
  static void leave_room(const Place& kept, const ClaimRoom& room, std::vector<Line>& lines);
  static std::int64_t level_of(int priority, const std::vector<Line>& lines);
  Served serve(const Line& line, std::size_t count, std::int64_t level, ClaimRoom& room, const Take& claim);
  void remove(const Line& line, const Part& part);
  void forget_keys() noexcept;

  Statement exists_;
  Statement add_;
  Statement next_;
  Statement pass_turn_;
  Statement remove_;
  Statement oldest_;
  Statement head_due_;
  Statement lowest_of_class_;
  Statement highest_of_key_;
  Statement waiting_classes_;
  std::map<std::pair<int, PlacementClassId>, std::set<std::string, std::less<>>> known_;
  std::size_t known_count_ = 0;
  std::optional<std::set<PlacementClassId>> classes_;  // that may have rows; empty until it is asked for
};

}  // namespace orc::sqlite
