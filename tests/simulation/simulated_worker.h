#pragma once

#include "tests/simulation/linked_work_source.h"
#include "tests/simulation/worker_parts.h"

namespace orc::simulation {

// SimulatedWorker is one life of one `orc runner`.
class SimulatedWorker {
 public:
  struct Place {
    SimulatedTime& time;
    Dice& dice;
    WallClock& wall;
    Ledger& ledger;
    Network& network;
    Servers& servers;
    BlobReader& blobs;
    const Network::Host& host;
  };
  SimulatedWorker(Place place, std::string name, int slots, std::function<void()> on_poison)
      : process_(place.time, place.dice, place.wall, std::move(name)),
        link_({.time = place.time, .network = place.network, .servers = place.servers, .process = process_, .host = place.host},
              static_cast<std::size_t>(place.dice.next() >> 1)),
        source_(process_, link_),
        parts_({.time = place.time, .process = process_, .ledger = place.ledger, .source = source_, .blobs = place.blobs}, slots,
               WorkerHome::elsewhere, std::move(on_poison)) {}
  ~SimulatedWorker() { process_.kill(); }

  void start() { process_.start(parts_.work()); }

  // Stops in good order, within `grace`; then `done`.
  void drain(Span grace, std::function<void()> done) { process_.start(drain_then(grace, std::move(done))); }

  SimulatedProcess& process() { return process_; }

 private:
  boost::asio::awaitable<void> drain_then(Span grace, std::function<void()> done) {
    co_await parts_.drain(grace);
    done();
  }

  SimulatedProcess process_;
  ServerLink link_;
  LinkedWorkSource source_;
  WorkerParts parts_;
};

}  // namespace orc::simulation
