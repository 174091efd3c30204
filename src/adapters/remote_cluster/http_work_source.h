#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <optional>

#include "adapters/remote_cluster/hand_ins.h"
#include "adapters/remote_cluster/http_blobs.h"
#include "adapters/remote_cluster/remote_client.h"
#include "adapters/remote_cluster/stop_watches.h"
#include "ports/clock.h"
#include "ports/wake_up.h"
#include "ports/work_source.h"

namespace orc {

// HttpWorkSource is a worker's side of the worker protocol (docs/worker_protocol.md): claims and beats are long polls, each on a connection
// of its own. A run must stop within the time that the server needs to say so. On the thread of `executor`, which is never blocked. Passes
// tests/contract/work_source_contract.h.
class HttpWorkSource final : public WorkSource {
 public:
  struct Ports {
    HttpBlobs& blobs;
    WakeUps& wake_ups;
    Clock& clock;
  };

  // Errors: invalid_argument, naming the URL. What the ports refer to outlives the source, and the source outlives what runs on the
  // executor.
  static Result<std::unique_ptr<HttpWorkSource>> create(boost::asio::any_io_executor executor, const RemoteServer& server, Ports ports);

  Async<WorkerId> sign_on(NewWorker worker) override;
  Async<void> beat(WorkerId worker, std::vector<RunName> held) override;
  Async<void> sign_off(WorkerId worker) override;
  Async<std::vector<Assignment>> claim(WorkerId worker, int count, SteadyTime until, std::stop_token stop) override;
  std::unique_ptr<Watch> watch(RunName run, std::function<void()> on_stop) override;
  Async<void> report(WorkerId worker, RunName run, RunReport report) override;
  Async<JobStatus> finish(WorkerId worker, RunName run, PluginOutcome outcome) override;

 private:
  HttpWorkSource(boost::asio::any_io_executor executor, std::vector<RemoteClient> clients, Ports ports);

  Async<void> beat_once(RemoteLine& line, WorkerId worker, std::vector<RunName> held, std::chrono::seconds wait);
  boost::asio::awaitable<void> listen();
  boost::asio::awaitable<void> end_waiting_claim(WorkerId worker, std::stop_token answered, std::shared_ptr<WakeUp> answer_is_here);

  const boost::asio::any_io_executor executor_;
  const Ports ports_;
  RemoteLine claims_;
  RemoteLine news_;     // beats that wait
  RemoteLine control_;  // what is answered at once
  HandIns ends_;
  HandIns reports_;

  StopWatches watches_;
  const std::unique_ptr<WakeUp> pause_;  // of listen()
  std::optional<WorkerId> worker_;       // that is signed on
  int slots_of_older_ = 0;               // 0: the server counts them itself
  bool takes_reports_ = false;           // the server that it signed on with; an older one does not
  bool is_listening_ = false;
};

}  // namespace orc
