#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "domain/placement/equipment.h"

namespace orc {

// What the workers of one host promise to runs, beyond what the host has.
struct Overcommitment {
  std::int64_t workers = 0;  // on that host
  std::int64_t promised_mb = 0;
  std::int64_t host_memory_mb = 0;
  bool operator==(const Overcommitment&) const = default;

  std::string sentence() const;  // for people: what is wrong, and which setting mends it
};

// HostPromises adds up what workers promise, host by host: each bounds its own runs and knows nothing of the others. A value; pure. What a
// worker did not say - as one of an older release - counts for nothing.
class HostPromises {
 public:
  void add(const Equipment& equipment);

  // Of the host that a worker with this equipment is on; nothing while its memory suffices.
  std::optional<Overcommitment> over(const Equipment& equipment) const;

 private:
  std::map<std::string, Overcommitment> hosts_;  // whether they are or not
};

}  // namespace orc
