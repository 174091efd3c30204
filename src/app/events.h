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

// Events is all that hands events of deliberations on to a NATS server. As a probe it never keeps a process from being ready, nor from
// being healthy over gRPC: events wait (contract section 8).
class Events final : public ReadinessProbe {
 public:
  Events(const EventPorts& ports, NatsEventPublisher::Settings settings);

  Duty& duty() { return publish_; }
  // On the io_context's thread.
  void request_stop() { publish_.request_stop(); }

  std::string_view name() const override { return "nats"; }
  Async<std::string> check() override;

  EventReading reading() const;

 private:
  bool is_connected() const { return publish_.state().is_connected && publisher_.is_connected(); }

  EventOutbox& outbox_;
  Clock& clock_;
  NatsEventPublisher publisher_;
  PublishEvents publish_;
};

}  // namespace orc
