#pragma once

#include <set>
#include <utility>
#include <vector>

#include "ports/event_publisher.h"
#include "tests/simulation/network.h"
#include "tests/simulation/outbox_ledger.h"
#include "tests/simulation/reply.h"

namespace orc::simulation {

// Broker keeps events for others, each once, if it has a place for them. Somebody may wipe it: then it has lost them with their place, and
// its connections are cut.
class Broker {
 public:
  explicit Broker(OutboxLedger& ledger) : ledger_(ledger) {}

  // Whether there is a place. Whoever asks is connected until the next wipe.
  PublishedBefore look() const { return has_place_ ? PublishedBefore::kept : PublishedBefore::lost; }
  void make_place() { has_place_ = true; }
  // Those of one connection, of the life in which it was made.
  PublishOutcome take(int life, const std::vector<StoredEvent>& events);

  int life() const { return life_; }
  void wipe();

  const Network::Host host = "broker";

 private:
  OutboxLedger& ledger_;
  bool has_place_ = false;
  int life_ = 1;
  std::set<EventId> kept_;
};

// SimulatedPublisher is one process's connection to it: what is sent over it may be lost and late, and then it is closed.
class SimulatedPublisher final : public EventPublisher {
 public:
  SimulatedPublisher(Network& network, Broker& broker, SimulatedProcess& process, Network::Host host)
      : network_(network), broker_(broker), process_(process), host_(std::move(host)) {}

  Async<PublishedBefore> prepare() override;
  Async<void> make_place() override;
  boost::asio::awaitable<PublishOutcome> publish(std::vector<EventToPublish> events) override;
  bool is_connected() const override { return life_ == broker_.life(); }

 private:
  static constexpr std::chrono::seconds patience{3};

  // What `act` gives at the broker; nothing, if no answer came.
  template <typename Answer>
  boost::asio::awaitable<std::optional<Answer>> ask(std::function<Answer()> act);

  Network& network_;
  Broker& broker_;
  SimulatedProcess& process_;
  const Network::Host host_;
  int life_ = 0;  // of the broker that it is connected to; 0: to none
};

}  // namespace orc::simulation
