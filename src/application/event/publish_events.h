#pragma once

#include <map>
#include <memory>
#include <string>

#include "application/duties/duty.h"
#include "ports/clock.h"
#include "ports/deliberation_store.h"
#include "ports/event_log.h"
#include "ports/event_outbox.h"
#include "ports/event_publisher.h"
#include "ports/random_source.h"

namespace orc {

// How publishing stands.
struct PublishingState {
  bool is_connected = false;
  std::string reason;          // why not, as far as it is known
  std::int64_t published = 0;  // since the start
  std::int64_t refused = 0;
  std::int64_t repeats = 0;  // how often all was published again because the other side had lost it
};

// PublishEvents empties the outbox towards an EventPublisher, in order, and remembers what was taken. While the other side is away events
// wait; when it has lost what it was given, everything that the outbox still holds is published again, before anything new. Every process
// that may run deliberations does this: of two on one database both publish each event, in its order and under one name, of which the other
// side keeps the first.
class PublishEvents final : public Duty {
 public:
  static constexpr int round_max = 256;                                         // events in memory at once
  static constexpr int rounds_per_run = 400;                                    // so that a stop is not kept waiting
  static constexpr std::size_t deliberation_bytes_max = std::size_t{32} << 20;  // in memory at once, of the deliberations that they tell of

  struct Ports {
    EventOutbox& outbox;
    DeliberationStore& deliberations;
    EventPublisher& publisher;
    Clock& clock;
    RandomSource& random;
    EventLog& log;
  };

  explicit PublishEvents(Ports ports) : ports_(ports) {}

  std::string_view name() const override { return "publish_events"; }
  std::chrono::milliseconds interval() const override { return std::chrono::milliseconds{100}; }
  Async<void> run_once() override;

  // Nothing more is begun. Safe twice.
  void request_stop() { is_stopping_ = true; }

  const PublishingState& state() const { return state_; }

 private:
  enum class Progress : std::uint8_t { more, all, none };
  enum class Told : std::uint8_t { nothing, is_published, waits };

  Async<bool> connect();
  Async<void> publish_everything_again();
  Async<Progress> publish_round();
  Async<std::vector<EventToPublish>> with_deliberations(std::vector<StoredEvent> events);
  void stop_for_now(const Error& why);
  void go_on();

  const Ports ports_;
  std::map<std::string, std::shared_ptr<const Deliberation>> known_;  // that run
  std::size_t known_bytes_ = 0;                                       // of all that were put there since it was empty
  PublishingState state_;
  Told told_ = Told::nothing;  // to the log, so that each turn is told once
  int failures_ = 0;           // in a row
  SteadyTime next_try_{};
  bool is_stopping_ = false;
};

}  // namespace orc
