#pragma once

#include <deque>
#include <map>
#include <memory>
#include <vector>

#include "tests/simulation/simulated_worker.h"

namespace orc::simulation {

// World is one simulated installation: the database, servers, workers elsewhere, clients, and the network between them; with what may
// happen to them from outside. It keeps no time by itself.
class World final : public Servers {
 public:
  World(std::uint64_t seed, PlantedBug bug, Trace& trace);
  ~World() override;
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Everything starts, and clients begin to submit.
  void begin();

  // What happens to hosts. A killed one starts again by itself after `down`.
  void kill_server(std::size_t index, Span down);
  void kill_worker(std::size_t index, Span down);
  void drain_worker(std::size_t index, Span grace, Span down);
  void wipe_broker();
  void heal();  // nothing is wrong any more, from now on

  // Whether every client has its answer, every job has ended, and everybody was told.
  bool is_over() const;
  // Rises as long as anything goes on.
  std::int64_t progress() const { return ledger_.progress() + outbox_ledger_.progress(); }
  // The wall clock moves on to the moment at which the last waiting job or callback is due. False, if none waits.
  bool wait_for_what_is_due();
  Account close();

  std::size_t count() const override { return servers_.size(); }
  SimulatedServer* at(std::size_t index) override { return servers_[index].life.get(); }
  const Network::Host& host(std::size_t index) const override { return servers_[index].host; }
  std::size_t worker_count() const { return workers_.size(); }
  SimulatedWorker* worker(std::size_t index) { return workers_[index].life.get(); }
  const Network::Host& worker_host(std::size_t index) const { return workers_[index].host; }

  SimulatedTime& time() { return time_; }
  Dice& dice() { return dice_; }
  const FaultPlan& plan() const { return plan_; }
  Ledger& ledger() { return ledger_; }
  Network& network() { return network_; }
  DatabaseFaults& database_faults() { return database_faults_; }
  std::deque<WallClock>& walls() { return walls_; }

 private:
  template <typename Life>
  struct Host {
    Network::Host host;
    WallClock* wall = nullptr;
    std::unique_ptr<Life> life;  // null: down
    int lives = 0;
  };

  void start_server(std::size_t index);
  void start_worker(std::size_t index);
  // Dropped with the next event, when its coroutines are unwound.
  template <typename Life>
  void bury(std::unique_ptr<Life>& life);
  SimulatedSignals::ToOthers hints_of(std::size_t index);
  void tell_others(std::size_t from, const std::function<void(SimulatedSignals&)>& tell);

  boost::asio::awaitable<void> submit_all();
  boost::asio::awaitable<void> submit_one(int number);
  boost::asio::awaitable<void> deliberate(int number);
  boost::asio::awaitable<void> until_stored(ServerLink& link, std::function<Async<void>(SimulatedServer&)> step);
  NewJob new_job(int number);
  WallClock& new_wall() { return walls_.emplace_back(); }

  SimulatedTime time_;
  Dice dice_;
  const FaultPlan plan_;
  Network network_;
  Ledger ledger_;
  OutboxLedger outbox_ledger_{ledger_};
  Receiver receiver_{dice_, plan_.refused_callbacks, outbox_ledger_};
  Broker broker_{outbox_ledger_};
  const Listeners listeners_{.network = network_, .receiver = receiver_, .broker = broker_};
  std::deque<WallClock> walls_;
  DatabaseFaults database_faults_;
  SimulatedProcess database_host_;
  ObservedDatabase database_;
  FakeDigest digest_;
  MemoryState blob_state_{database_host_};
  MemoryBlobStore blobs_{blob_state_, digest_};
  Plugin plugin_;
  std::map<std::string, bool> lives_;  // by name of a process: whether it lives
  std::vector<Host<SimulatedServer>> servers_;
  std::vector<Host<SimulatedWorker>> workers_;
  SimulatedProcess clients_;
  std::vector<std::unique_ptr<ServerLink>> links_;
  int submissions_left_;
  int deliberations_left_;
};

}  // namespace orc::simulation
