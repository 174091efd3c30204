#pragma once

#include <memory>
#include <string>
#include <vector>

#include "ports/clock.h"
#include "ports/deliberation_store.h"
#include "ports/event_outbox.h"
#include "ports/event_signals.h"
#include "ports/wake_up.h"

namespace orc {

// How late an event is told that was stored in this process, behind others: what comes in a row is read together.
inline constexpr std::chrono::milliseconds follow_events_apart{100};
// And that was stored in another: the longer nothing has come from there, the later.
inline constexpr std::chrono::milliseconds follow_interval_min{200};
inline constexpr std::chrono::milliseconds follow_interval_max{2000};
inline constexpr int follow_events_max = 200;                // of one piece of news
inline constexpr std::size_t follow_bytes_max = 256 * 1024;  // of its texts; the last event may go beyond

// What has happened in a deliberation since it was last asked.
struct DeliberationNews {
  std::vector<StoredEvent> events;
  std::shared_ptr<const Deliberation> deliberation;  // which knows at least what they tell
  bool is_over = false;                              // nothing more comes
};

// FollowDeliberation tells what happens in one deliberation on somebody's behalf, from an event on and then as it goes, until it has ended.
// Looks into the store when it hears that something was stored, and now and then by itself, as the deliberation may run anywhere. On the
// thread of the executor.
class FollowDeliberation {
 public:
  struct Ports {
    EventOutbox& events;
    DeliberationStore& deliberations;
    EventSignals& signals;
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
  // Until there may be news, or `until`.
  boost::asio::awaitable<void> rest(SteadyTime until);

  const Ports ports_;
  std::shared_ptr<const Deliberation> deliberation_;
  std::int64_t after_;
  SteadyTime look_for_end_at_{};  // it may have ended without an event that is still kept
  const std::unique_ptr<WakeUp> pause_;
  std::chrono::milliseconds interval_ = follow_interval_min;
  SteadyTime told_at_{};  // the last news
  bool heard_ = false;    // that something was stored, since the last look
  bool gave_up_ = false;
  const std::unique_ptr<EventSignals::Watch> watch_;  // ends first
};

}  // namespace orc
