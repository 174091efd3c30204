#include "adapters/sqlite/run_merge.h"

#include <algorithm>
#include <limits>

namespace orc::sqlite {

RunMerge::RunMerge(Statement& next_piece, const std::vector<JobRun>& runs, Direction direction)
    : next_piece_(next_piece), direction_(direction) {
  cursors_.reserve(runs.size());
  for (const JobRun& run : runs) {
    cursors_.push_back({.run = run, .last = direction == Direction::down ? std::numeric_limits<std::int64_t>::max() : 0});
    refill(cursors_.size() - 1);
  }
}

std::optional<JobId> RunMerge::next() {
  if (heap_.empty()) return {};
  std::ranges::pop_heap(heap_, Later{direction_});
  const Head head = heap_.back();
  heap_.pop_back();
  Cursor& cursor = cursors_[head.cursor];
  if (cursor.read < cursor.piece.size()) {
    push({.id = cursor.piece[cursor.read++], .cursor = head.cursor});
  } else {
    refill(head.cursor);
  }
  return JobId{head.id};
}

void RunMerge::push(Head head) {
  heap_.push_back(head);
  std::ranges::push_heap(heap_, Later{direction_});
}

void RunMerge::refill(std::size_t index) {
  Cursor& cursor = cursors_[index];
  if (cursor.ended) return;
  cursor.piece.clear();
  next_piece_.for_each([&](Row row) { cursor.piece.push_back(row.integer(0)); }, cursor.run.owner, cursor.run.name, cursor.run.stage,
                       cursor.last, cursor.size);
  cursor.ended = cursor.piece.size() < cursor.size;
  if (cursor.piece.empty()) return;
  cursor.last = cursor.piece.back();
  cursor.size = std::min(cursor.size * 4, piece_max);
  cursor.read = 1;
  push({.id = cursor.piece.front(), .cursor = index});
}

}  // namespace orc::sqlite
