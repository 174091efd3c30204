#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "domain/placement/equipment.h"

namespace orc {

// What kind of thing a run needs. Slots and requests to warm processes are counted by ClaimRoom, not by Room, which knows only whether a
// worker has warm processes.
enum class Need : std::uint8_t { isolation, runtime, network, cpus, memory_mb, gpus, custom, worker_label, slots, warm_requests };

std::string_view to_word(Need need);

// A requirement that a worker does not meet. Texts are for people: "8192", "strict", "gpu=a100".
struct Unmet {
  Need need{};
  std::string name;                 // of a custom resource or a label
  std::string wanted;               // by the run
  std::string offered;              // by the worker, in all; empty: it has no such label
  std::optional<std::string> free;  // set if the worker has enough, only not free just now
  bool operator==(const Unmet&) const = default;

  bool is_busy() const { return free.has_value(); }
};

// Whether a run could go to a worker.
enum class Fit : std::uint8_t {
  now,
  later,  // once others have ended there
  never,
};

// Room is what a worker has and what its runs hold of it. A value; pure.
class Room {
 public:
  Room(Isolation isolation, Equipment equipment) : isolation_(isolation), equipment_(std::move(equipment)) {}

  Fit fit(const Requirements& requirements) const;

  // Every requirement that is not met, in the order of Need. Empty exactly if fit() is `now`.
  std::vector<Unmet> missing(const Requirements& requirements) const;

  // How many such runs would fit just now, at most `wanted`.
  std::int64_t space_for(const Requirements& requirements, std::int64_t wanted) const;

  // `times` runs more hold what they need; negative: so many less.
  void take(const Requirements& requirements, std::int64_t times = 1);

  const Equipment& equipment() const { return equipment_; }

 private:
  Isolation isolation_for(const Requirements& wanted) const;

  Isolation isolation_;
  Equipment equipment_;
  Resources held_;
};

}  // namespace orc
