#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ports/clock.h"
#include "ports/deliberation_store.h"
#include "ports/event_outbox.h"
#include "ports/wake_up.h"

namespace orc {

inline constexpr std::chrono::milliseconds follow_deliberation_interval{200};  // how late an event is told
inline constexpr int follow_events_max = 200;                                  // of one piece of news
inline constexpr std::size_t follow_bytes_max = 256 * 1024;                    // of its texts; the last event may go beyond

// What has happened in a deliberation since it was last asked.
struct DeliberationNews {
  std::vector<StoredEvent> events;
  std::shared_ptr<const Deliberation> deliberation;  // which knows at least what they tell
  bool is_over = false;                              // nothing more comes
};

// FollowDeliberation tells what happens in one deliberation on somebody's behalf, from an event on and then as it goes, until it has ended.
// Looks into the store while it waits, as the deliberation may run anywhere. On one thread.
class FollowDeliberation {
 public:
  struct Ports {
    EventOutbox& events;
    DeliberationStore& deliberations;
    WakeUps& wake_ups;
    Clock& clock;
  };

  // Begins behind event number `after`; 0: with the first. That somebody may know of it was looked up before.
  FollowDeliberation(const Ports& ports, Deliberation deliberation, std::int64_t after);

  // News, or at `until` perhaps none. Errors: unavailable; the same may be asked again.
  Async<DeliberationNews> next(SteadyTime until);

  // The present next() comes back at once, and every later one.
  void give_up();

 private:
  Async<DeliberationNews> look();

  bool may_have_ended(const DeliberationNews& news);

  const Ports ports_;
  std::shared_ptr<const Deliberation> deliberation_;
  std::int64_t after_;
  SteadyTime look_for_end_at_{};  // it may have ended without an event that is still kept
  const std::unique_ptr<WakeUp> pause_;
  bool gave_up_ = false;
};

}  // namespace orc
