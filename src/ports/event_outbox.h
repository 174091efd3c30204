#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "domain/deliberation/deliberation_event.h"
#include "ports/async.h"

namespace orc {

inline constexpr int events_at_once_max = 1000;
inline constexpr std::size_t event_bytes_at_once_max = std::size_t{8} * 1024 * 1024;  // of their texts, and those of their calls

// What waits to be published.
struct EventBacklog {
  std::int64_t waiting = 0;
  std::optional<Timestamp> oldest;  // when the one that waits for longest was stored
  bool operator==(const EventBacklog&) const = default;
};

// A part of those that are to be published again.
struct Again {
  int count = 0;
  std::optional<EventId> last;  // of them; nothing: there is none any more
  bool operator==(const Again&) const = default;
};

// EventOutbox reads the events that DeliberationStore has stored, and remembers which were published. The events of one deliberation are
// read in their order, and none before those that stand before it. They stay until Retention::prune_events(), published or not.
// Thread-safe. Each method is one transaction. Every method: unavailable. Every `count` is from 1 to events_at_once_max.
// Who reads is given no more once the texts have event_bytes_at_once_max together.
// Every implementation passes tests/contract/event_outbox_contract.cc.
class EventOutbox {
 public:
  virtual ~EventOutbox() = default;

  // Those of one deliberation behind its event number `after`, up to `count`, and no more once their texts have `bytes_max` together (1 to
  // event_bytes_at_once_max). Empty if there is none, or no such deliberation.
  virtual Async<std::vector<StoredEvent>> of(std::string deliberation, std::int64_t after, int count, std::size_t bytes_max) = 0;

  // Of all deliberations, those that were not published, by their ids.
  virtual Async<std::vector<StoredEvent>> unpublished(int count) = 0;

  // Now. Of no effect on those that are gone.
  virtual Async<void> note_published(std::vector<EventId> ids) = 0;

  // Of the events from `from` to `until`, the first `count` that were published are to be published once more.
  virtual Async<Again> publish_again(EventId from, EventId until, int count) = 0;

  // The first that was stored at `moment` or later, and the last of all; nothing where there is none.
  virtual Async<std::optional<EventId>> first_since(Timestamp moment) = 0;
  virtual Async<std::optional<EventId>> last() = 0;

  virtual Async<EventBacklog> backlog() = 0;
};

}  // namespace orc
