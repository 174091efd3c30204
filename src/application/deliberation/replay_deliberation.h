#pragma once

#include "application/deliberation/deliberation_access.h"

namespace orc {

// Both ends as they are: nothing of one is made to fit the other. Where another release decided, or said it in other words, they differ.
struct Replay {
  DeliberationEnd recorded;
  DeliberationEnd replayed;
  bool is_same() const { return recorded == replayed; }
};

// Decides an ended deliberation again, out of the record of its calls, with no model. Pure; takes time with the number of calls.
// Lets go of the record as it goes: it may be large. Errors: conflict, if it runs; internal, if the record is not enough to end it.
Result<Replay> replay(RecordedDeliberation recorded);

}  // namespace orc
