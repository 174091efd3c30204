#include "app/events.h"

#include <algorithm>

namespace orc {

Events::Events(const EventPorts& ports, NatsEventPublisher::Settings settings)
    : outbox_(ports.outbox),
      clock_(ports.clock),
      publisher_(std::move(settings), ports.digest),
      publish_({.outbox = ports.outbox,
                .deliberations = ports.deliberations,
                .publisher = publisher_,
                .clock = ports.clock,
                .random = ports.random,
                .log = ports.log}) {}

Async<std::string> Events::check() {
  const auto backlog = co_await outbox_.backlog();
  if (!backlog) co_return std::unexpected(backlog.error());
  const std::string waiting = std::to_string(backlog->waiting) + " events wait";
  const PublishingState& state = publish_.state();
  if (is_connected()) co_return "events are published; " + waiting;
  std::string sentence = "events are not published now; " + waiting;
  if (backlog->oldest) {
    const auto age = std::chrono::floor<std::chrono::seconds>(clock_.now() - *backlog->oldest);
    sentence += ", for up to " + std::to_string(std::max<std::int64_t>(0, age.count())) + " s";
  }
  if (!state.reason.empty()) sentence += " (" + state.reason + ")";
  co_return sentence;
}

EventReading Events::reading() const {
  const PublishingState& state = publish_.state();
  return {.is_connected = is_connected(), .published = state.published, .refused = state.refused, .repeats = state.repeats};
}

}  // namespace orc
