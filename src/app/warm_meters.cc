#include "app/warm_meters.h"

namespace orc {

WarmReading warm_reading(const WarmFigures& figures) {
  const WarmSchedule::Counts& now = figures.now;
  WarmReading reading{.processes = {{"starting", now.starting}, {"idle", now.idle}, {"busy", now.busy}, {"ending", now.ending}},
                      .in_flight = now.in_flight,
                      .waiting = now.waiting,
                      .starts = figures.starts,
                      .ends = {}};
  for (std::size_t reason = 0; reason < figures.ends.size(); ++reason)
    reading.ends[to_word(static_cast<WarmEnd>(reason))] = figures.ends[reason];
  return reading;
}

}  // namespace orc
