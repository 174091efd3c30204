#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "domain/deliberation/deliberation.h"
#include "domain/deliberation/deliberation_event.h"
#include "ports/async.h"

namespace orc {

struct EventToPublish {
  StoredEvent event;
  std::shared_ptr<const Deliberation> deliberation;  // the event's; read no earlier than the event, if that tells of its end
};

// What became of some events.
struct PublishOutcome {
  std::vector<EventId> taken;    // kept by the other side now, or already before
  std::vector<EventId> refused;  // will never be taken, as they are
  std::optional<Error> stopped;  // why the others were not taken: they may be tried again
};

// Whether what was published before is still there. `lost`: there is no place for it; make_place() makes one.
enum class PublishedBefore : std::uint8_t { kept, lost };

// EventPublisher hands events to whoever keeps and spreads them outside. On the thread of the executor; one call at a time.
class EventPublisher {
 public:
  virtual ~EventPublisher() = default;

  // Connects if need be, and looks whether there is a place for every event. Ends within seconds. Errors: unavailable, with a sentence for
  // operators that shows no secret.
  virtual Async<PublishedBefore> prepare() = 0;

  // Makes the place that was lost. Only once everything that was published before waits to be published again, durably: whoever comes after
  // a crash sees the place and takes what was published for kept. Errors: as prepare().
  virtual Async<void> make_place() = 0;

  // Publishes them; each one of a deliberation not before the one ahead of it was taken or refused, so that they are kept in their order.
  // An event may be given again at any time: it is kept once, as long as the other side remembers its name. Never throws.
  virtual boost::asio::awaitable<PublishOutcome> publish(std::vector<EventToPublish> events) = 0;

  // Whether prepare() need not be called again yet.
  virtual bool is_connected() const = 0;
};

}  // namespace orc
