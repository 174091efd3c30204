#include "tests/simulation/outbox_parts.h"

namespace orc::simulation {
namespace {

// Longer than the product's, as each look costs real time here.
constexpr Span look_every = std::chrono::seconds{1};

}  // namespace

OutboxParts::OutboxParts(Ports ports)
    : process_(ports.process),
      database_(ports.database, ports.line, ports.process.name()),
      sender_(ports.listeners.network, ports.listeners.receiver, ports.process, ports.host),
      publisher_(ports.listeners.network, ports.listeners.broker, ports.process, ports.host),
      deliver_(ports.time.loop().get_executor(),
               {.store = database_,
                .sender = sender_,
                .wake_ups = ports.process,
                .random = ports.dice,
                .clock = ports.process,
                .log = ports.log},
               CallbackOrigins({Receiver::origin})),
      publish_({.outbox = database_,
                .deliberations = database_,
                .publisher = publisher_,
                .clock = ports.process,
                .random = ports.dice,
                .log = ports.log}) {}

void OutboxParts::start() {
  process_.start(deliver_callbacks());
  process_.start(publish_events());
}

boost::asio::awaitable<void> OutboxParts::deliver_callbacks() {
  for (;;) {
    co_await process_.rest(look_every);
    [[maybe_unused]] const auto done = co_await deliver_.run_once();  // what was not done is done with the next look
  }
}

boost::asio::awaitable<void> OutboxParts::publish_events() {
  for (;;) {
    co_await process_.rest(look_every);
    const auto has_seat = co_await database_.take_seat();
    if (!has_seat || !*has_seat) continue;
    [[maybe_unused]] const auto done = co_await publish_.run_once();  // likewise
  }
}

}  // namespace orc::simulation
