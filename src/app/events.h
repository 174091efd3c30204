#pragma once

#include <optional>
#include <string>

#include "adapters/metrics/metrics.h"
#include "adapters/nats/nats_event_publisher.h"
#include "application/event/publish_events.h"
#include "ports/readiness.h"

namespace orc {

// What events stand on. All outlive them.
struct EventPorts {
  EventOutbox& outbox;
  DeliberationStore& deliberations;
  Digest& digest;
  Clock& clock;
  RandomSource& random;
  EventLog& log;
};

// Events is all that hands events of deliberations on to a NATS server. As a probe it never keeps a process from being ready: events wait.
class Events final : public ReadinessProbe {
 public:
  Events(const EventPorts& ports, NatsEventPublisher::Settings settings);

  Duty& duty() { return publish_; }
  // On the io_context's thread.
  void request_stop() { publish_.request_stop(); }

  std::string_view name() const override { return "nats"; }
  Async<std::string> check() override;

  // Ready while events are published.
  ReadinessProbe& delivery() { return delivery_; }

  EventReading reading() const;

 private:
  class Delivery final : public ReadinessProbe {
   public:
    explicit Delivery(const Events& events) : events_(events) {}
    std::string_view name() const override { return "event delivery"; }
    Async<std::string> check() override;

   private:
    const Events& events_;
  };

  bool is_connected() const { return publish_.state().is_connected && publisher_.is_connected(); }

  EventOutbox& outbox_;
  Clock& clock_;
  NatsEventPublisher publisher_;
  PublishEvents publish_;
  Delivery delivery_{*this};
};

}  // namespace orc
