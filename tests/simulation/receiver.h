#pragma once

#include "ports/callback_sender.h"
#include "tests/simulation/network.h"
#include "tests/simulation/outbox_ledger.h"
#include "tests/simulation/reply.h"

namespace orc::simulation {

// Receiver is who wants to be told of ends of jobs. It refuses some, as long as faults happen.
class Receiver {
 public:
  static constexpr const char* origin = "https://receiver.example.org";

  Receiver(Dice& dice, double refused, OutboxLedger& ledger) : dice_(dice), refused_(refused), ledger_(ledger) {}

  CallbackAnswer hear(const DueCallback& told);
  void heal() { refused_ = 0; }

  const Network::Host host = "receiver";

 private:
  Dice& dice_;
  double refused_;
  OutboxLedger& ledger_;
};

// SimulatedSender is one process's way to it: messages there and back may be lost, late and doubled.
class SimulatedSender final : public CallbackSender {
 public:
  SimulatedSender(Network& network, Receiver& receiver, SimulatedProcess& process, Network::Host host)
      : network_(network), receiver_(receiver), process_(process), host_(std::move(host)) {}

  boost::asio::awaitable<CallbackAnswer> send(const DueCallback& callback) override;

 private:
  static constexpr std::chrono::seconds patience{5};

  Network& network_;
  Receiver& receiver_;
  SimulatedProcess& process_;
  const Network::Host host_;
};

}  // namespace orc::simulation
