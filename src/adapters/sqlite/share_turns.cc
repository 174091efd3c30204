#include "adapters/sqlite/share_turns.h"

#include <algorithm>
#include <tuple>

#include "ports/job_store.h"

namespace orc::sqlite {

ShareTurns::ShareTurns(Connection& connection, const StatementCatalog& catalog)
    : exists_(catalog.prepare(connection, "share_exists")),
      add_(catalog.prepare(connection, "add_share")),
      next_(catalog.prepare(connection, "next_shares")),
      pass_turn_(catalog.prepare(connection, "pass_turn")),
      remove_(catalog.prepare(connection, "remove_share")),
      oldest_(catalog.prepare(connection, "oldest_of_share")),
      head_due_(catalog.prepare(connection, "head_due")),
      lowest_of_class_(catalog.prepare(connection, "lowest_pass_of_class")),
      highest_of_key_(catalog.prepare(connection, "highest_pass_of_key")),
      waiting_classes_(catalog.prepare(connection, "waiting_classes")) {}

void ShareTurns::join(int priority, std::string_view share_key, PlacementClassId one) {
  auto& known = known_[{priority, one}];
  if (known.contains(share_key)) return;
  if (!exists_.any(priority, share_key, one)) add(priority, share_key, one);
  if (known_count_ >= known_max) forget_keys();
  known.emplace(share_key);
  ++known_count_;
}

// It starts with those of its class whose turn it is. In a class that nobody waits for it starts where the others are, and a key that has
// jobs of another class brings its pass from there: changing the class gains no turn.
void ShareTurns::add(int priority, std::string_view share_key, PlacementClassId one) {
  const auto& classes = waiting_classes();
  const bool is_only_class = classes.empty() || (classes.size() == 1 && classes.contains(one));
  std::int64_t level = 0;
  if (!is_only_class) {
    level = highest_of_key_.number(priority, share_key);
    if (!lowest_pass(priority, one))
      for (const PlacementClassId other : classes) level = std::max(level, lowest_pass(priority, other).value_or(0));
  }
  add_.execute(priority, share_key, one, level);
  classes_->insert(one);
}

std::optional<std::int64_t> ShareTurns::lowest_pass(int priority, PlacementClassId one) {
  const auto pass = lowest_of_class_.first([](Row row) { return row.maybe<std::int64_t>(0); }, one, priority);
  return pass.value_or(std::nullopt);
}

const std::set<PlacementClassId>& ShareTurns::waiting_classes() {
  if (!classes_) {
    classes_.emplace();
    waiting_classes_.for_each([&](Row row) { classes_->insert(row.as<PlacementClassId>(0)); });
  }
  return *classes_;
}

bool ShareTurns::some_wait_for(const ClaimRoom& room) {
  return std::ranges::any_of(waiting_classes(), [&](PlacementClassId one) { return room.fit(one) == Fit::later && next_.any(one, 1); });
}

// One round: all keys with the lowest pass of the highest priority are served once. One that is alone there keeps its turn until it has
// caught up with the next one, unless it comes from a class that was not served for long. A key of which only orphans were served keeps
// its turn.
void ShareTurns::take(std::size_t count, ClaimRoom& room, Timestamp now, const Take& claim) {
  std::optional<Place> kept;
  for (Served taken; taken.accepted < count && taken.passed_over < passed_over_max;) {
    const std::size_t wanted = count - taken.accepted;
    auto lines = next_lines(room, wanted + 1);
    if (!kept) kept = keep_room(room, now);
    if (kept) leave_room(*kept, room, lines);
    if (lines.empty()) return;
    const Line& first = lines.front();
    const std::int64_t level = level_of(first.priority, lines);
    const auto end = std::ranges::find_if(lines, [&](const Line& one) { return one.priority != first.priority || one.pass != first.pass; });
    if (end - lines.begin() == 1) {
      const bool has_rival = end != lines.end() && end->priority == first.priority;
      const bool one_by_one = kept || first.pass < level;
      const auto lead = one_by_one ? 1 : has_rival ? static_cast<std::size_t>(end->pass - first.pass) : count;
      taken += serve(first, std::min(lead, wanted), level, room, claim);
    } else {
      for (auto line = lines.begin(); line != end && taken.accepted < count; ++line) taken += serve(*line, 1, level, room, claim);
    }
  }
}

// In the order of their turns; at least the first `count` of each class that fits just now.
std::vector<ShareTurns::Line> ShareTurns::next_lines(const ClaimRoom& room, std::size_t count) {
  std::vector<Line> lines;
  int classes = 0;
  std::erase_if(*classes_, [&](PlacementClassId one) {
    if (room.fit(one) != Fit::now) return false;
    const std::size_t before = lines.size();
    next_.for_each(
        [&](Row row) {
          lines.push_back({.priority = row.as<int>(1),
                           .pass = row.integer(2),
                           .key = row.text(3),
                           .parts = {{.id = row.integer(0), .of_class = one}},
                           .standing = Standing::before});
        },
        one, count);
    ++classes;
    return lines.size() == before;
  });
  if (classes > 1) join_parts(lines);
  return lines;
}

void ShareTurns::join_parts(std::vector<Line>& lines) {
  std::ranges::sort(lines, {}, place_of);
  std::map<std::pair<int, std::string_view>, Line*> first;
  for (Line& line : lines) {
    const auto [known, is_first] = first.emplace(std::pair(line.priority, std::string_view(line.key)), &line);
    if (is_first) continue;
    known->second->parts.push_back(line.parts.front());
    line.parts.clear();
  }
  std::erase_if(lines, [](const Line& line) { return line.parts.empty(); });
}

ShareTurns::Place ShareTurns::place_of(const Line& line) { return {-line.priority, line.pass, line.parts.front().id}; }

// The first job, in the order of turns, that could run here and has waited too long for the room that it needs.
std::optional<ShareTurns::Place> ShareTurns::keep_room(ClaimRoom& room, Timestamp now) {
  std::optional<std::pair<Place, PlacementClassId>> found;
  for (const PlacementClassId one : *classes_) {
    if (!room.lacks_room(one)) continue;
    std::optional<std::pair<Place, std::string>> head;
    next_.for_each([&](Row row) { head.emplace(Place{-row.as<int>(1), row.integer(2), row.integer(0)}, row.text(3)); }, one, 1);
    if (!head || (found && found->first < head->first)) continue;
    const auto due = head_due_.first([](Row row) { return row.time(0); }, -std::get<0>(head->first), head->second, one);
    if (due && now - *due >= placement_patience) found.emplace(head->first, one);
  }
  if (!found) return {};
  room.keep_for(found->second);
  return found->first;
}

void ShareTurns::leave_room(const Place& kept, const ClaimRoom& room, std::vector<Line>& lines) {
  for (Line& line : lines) {
    line.standing = place_of(line) < kept ? Standing::before : Standing::behind;
    std::erase_if(line.parts, [&](const Part& part) { return !room.may_take(part.of_class, line.standing); });
  }
  std::erase_if(lines, [](const Line& line) { return line.parts.empty(); });
}

// How far the class that was served most has come, but for the turn that its keys may just have had. Others do not save turns up: who is
// served is taken to that level first.
std::int64_t ShareTurns::level_of(int priority, const std::vector<Line>& lines) {
  std::int64_t level = lines.front().pass;
  std::set<PlacementClassId> seen;
  for (const Line& line : lines) {
    if (line.priority != priority) break;
    for (const Part& part : line.parts)
      if (seen.insert(part.of_class).second) level = std::max(level, line.pass - 1);
  }
  return level;
}

// Looks for one job of each class more than it may hand out, to see whether any is left.
ShareTurns::Served ShareTurns::serve(const Line& line, std::size_t count, std::int64_t level, ClaimRoom& room, const Take& claim) {
  struct Waiting {
    JobId id;
    std::size_t part;
  };
  std::vector<Waiting> jobs;
  std::vector<std::size_t> left(line.parts.size());
  std::vector<std::int64_t> most(line.parts.size());
  for (std::size_t i = 0; i < line.parts.size(); ++i) {
    const std::size_t before = jobs.size();
    const PlacementClassId one = line.parts[i].of_class;
    most[i] = room.space_for(one, static_cast<std::int64_t>(count), line.standing);
    oldest_.for_each([&](Row row) { jobs.push_back({.id = row.as<JobId>(0), .part = i}); }, line.priority, line.key, one, most[i] + 1);
    left[i] = jobs.size() - before;
  }
  if (line.parts.size() > 1) std::ranges::sort(jobs, {}, &Waiting::id);
  Served served;
  for (const auto& [id, part] : jobs) {
    if (served.accepted + served.passed_over == count) break;
    const PlacementClassId its_class = line.parts[part].of_class;
    if (most[part] == 0 || !room.may_take(its_class, line.standing)) continue;
    --most[part];
    --left[part];
    if (!claim(id, its_class)) {
      ++served.passed_over;
      continue;
    }
    room.take(its_class);
    ++served.accepted;
  }
  bool some_are_left = false;
  for (std::size_t i = 0; i < left.size(); ++i) left[i] == 0 ? remove(line, line.parts[i]) : void(some_are_left = true);
  // Rows of other classes of this key may be there too.
  if (served.accepted > 0 && (some_are_left || classes_->size() > 1)) pass_turn_.execute(line.priority, line.key, level, served.accepted);
  return served;
}

void ShareTurns::remove(const Line& line, const Part& part) {
  remove_.execute(part.id);
  auto& known = known_[{line.priority, part.of_class}];
  if (const auto place = known.find(line.key); place != known.end()) {
    known.erase(place);
    --known_count_;
  }
}

ShareTurns::Served& ShareTurns::Served::operator+=(const Served& more) {
  accepted += more.accepted;
  passed_over += more.passed_over;
  return *this;
}

void ShareTurns::forget_keys() noexcept {
  for (auto& [line, keys] : known_) keys.clear();
  known_count_ = 0;
}

void ShareTurns::rolled_back() noexcept {
  forget_keys();
  classes_.reset();
}

}  // namespace orc::sqlite
