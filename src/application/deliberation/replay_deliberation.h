#pragma once

#include "ports/deliberation_store.h"

namespace orc {

struct Replay {
  DeliberationEnd recorded;
  DeliberationEnd replayed;
  bool is_same() const { return recorded == replayed; }
};

// ReplayDeliberation decides an ended deliberation again, out of the record of its calls, with no model.
class ReplayDeliberation {
 public:
  explicit ReplayDeliberation(DeliberationStore& store) : store_(store) {}

  // Errors: not_found; conflict, if it runs; unavailable; internal, if the record is not enough to end it.
  Async<Replay> run(std::string id);

 private:
  DeliberationStore& store_;
};

}  // namespace orc
