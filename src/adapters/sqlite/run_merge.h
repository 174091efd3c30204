#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "adapters/sqlite/statement.h"
#include "domain/strong_id.h"

namespace orc::sqlite {

// A stretch of the index that lists go by: jobs of one owner, one plugin name and one stage, in the order of their ids.
struct JobRun {
  std::int64_t owner = 0;
  std::int64_t name = 0;
  int stage = 0;
  bool operator==(const JobRun&) const = default;
  auto operator<=>(const JobRun&) const = default;
};

enum class Direction : std::uint8_t { down, up };  // of ids

// RunMerge walks several runs at once in the order of ids. It reads each run in pieces that grow, so that a run that gives little costs
// little, and a deep walk few statements. Used within one read transaction.
class RunMerge {
 public:
  // `next_piece` is run_below or run_above, as `direction` says, and must outlive the merge.
  RunMerge(Statement& next_piece, const std::vector<JobRun>& runs, Direction direction);

  // Nothing at the end.
  std::optional<JobId> next();

 private:
  static constexpr std::size_t first_piece = 4;
  static constexpr std::size_t piece_max = 512;

  struct Cursor {
    JobRun run;
    std::int64_t last;  // id that was read last
    std::size_t size = first_piece;
    std::size_t read = 0;
    std::vector<std::int64_t> piece{};
    bool ended = false;
  };

  struct Head {
    std::int64_t id;
    std::size_t cursor;
  };

  // For a heap: whether `a` comes after `b`.
  struct Later {
    Direction direction;
    bool operator()(const Head& a, const Head& b) const { return direction == Direction::down ? a.id < b.id : a.id > b.id; }
  };

  void push(Head head);
  void refill(std::size_t index);

  Statement& next_piece_;
  const Direction direction_;
  std::vector<Cursor> cursors_;
  std::vector<Head> heap_;
};

}  // namespace orc::sqlite
