#pragma once

#include "application/callback/deliver_callbacks.h"
#include "application/event/publish_events.h"
#include "tests/simulation/broker.h"
#include "tests/simulation/outbox_client.h"
#include "tests/simulation/receiver.h"

namespace orc::simulation {

// Those outside who are told what happens.
struct Listeners {
  Network& network;
  Receiver& receiver;
  Broker& broker;
};

// OutboxParts is what makes a process tell others, as src/app/callbacks.cc and src/app/events.cc put it together.
class OutboxParts {
 public:
  struct Ports {
    SimulatedTime& time;
    Dice& dice;
    SimulatedProcess& process;
    ObservedOutbox& database;
    DatabaseLine line;
    const Listeners& listeners;
    Network::Host host;
    EventLog& log;
  };
  explicit OutboxParts(Ports ports);

  // Tells what there is to tell, until the process ends.
  void start();

  DeliberationStore& deliberations() { return database_; }

 private:
  boost::asio::awaitable<void> deliver_callbacks();
  boost::asio::awaitable<void> publish_events();

  SimulatedProcess& process_;
  OutboxClient database_;
  SimulatedSender sender_;
  SimulatedPublisher publisher_;
  DeliverCallbacks deliver_;
  PublishEvents publish_;
};

}  // namespace orc::simulation
