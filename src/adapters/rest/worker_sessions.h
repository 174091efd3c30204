#pragma once

#include <map>
#include <memory>
#include <stop_token>
#include <vector>

#include "adapters/worker_wire/finished_run_json.h"
#include "adapters/worker_wire/run_report_json.h"
#include "application/job/work_desk.h"
#include "ports/blob_store.h"
#include "ports/clock.h"
#include "ports/wake_up.h"
#include "ports/worker_store.h"

namespace orc {

// WorkerSessions is what the worker protocol remembers of each worker elsewhere: the runs that it may have to be told to stop, and the
// requests of it that wait. Nothing here is truth: a worker may come to another process with any request, and to this one after a restart.
// I/O thread only.
class WorkerSessions {
 public:
  struct Ports {
    WorkDesk& desk;
    WorkerStore& workers;
    BlobStore& blobs;
    WakeUps& wake_ups;
    Clock& clock;
  };

  // Who was not heard of for so long is forgotten: two leases, by then its jobs are somebody else's. So are the runs of a worker whose
  // beats go to another process: that one follows them.
  static constexpr std::chrono::seconds silence_max{20};

  explicit WorkerSessions(Ports ports) : ports_(ports) {}
  WorkerSessions(const WorkerSessions&) = delete;
  WorkerSessions& operator=(const WorkerSessions&) = delete;

  Async<WorkerId> sign_on(NewWorker worker);
  Async<void> sign_off(WorkerId worker);

  // As WorkSource::beat(). Then waits up to `wait` until one more of its runs must stop, and gives all that must. A later beat that waits
  // ends the wait of an earlier one. Errors: not_found, also for a worker that is not elsewhere.
  Async<std::vector<RunName>> beat(WorkerId worker, std::vector<RunName> held, std::chrono::seconds wait);

  // As WorkSource::claim(). Ends the wait of an earlier claim of this worker; with a `count` of 0 does only that. Once `gone` asks for it -
  // nobody reads the answer any more - the wait ends, and what was won all the same goes back at once.
  Async<std::vector<Assignment>> claim(WorkerId worker, int count, std::chrono::seconds wait, std::stop_token gone);

  // Each report by itself, in the order given: the status of its job, which is `processing`, or why it was not taken.
  Async<std::vector<Result<JobStatus>>> report(WorkerId worker, std::vector<ReportedRun> reports);

  // Each end judged by itself, in the order given.
  Async<std::vector<Result<JobStatus>>> finish(WorkerId worker, std::vector<FinishedRun> ends);

  // Every wait ends now, later ones at once: the server stops.
  void end_waits();

 private:
  struct Run {
    std::unique_ptr<WorkSource::Watch> watch;
    SteadyTime since{};
    bool was_held = false;  // by a beat: the worker knows of it
    bool must_stop = false;
    bool is_told = false;
  };
  struct Session {
    std::map<RunName, Run> runs;
    WakeUp* listener = nullptr;  // of the beat that waits
    std::stop_source claim;      // the one that waits
    SteadyTime heard{};
    SteadyTime beaten{};
  };

  Async<std::shared_ptr<Session>> open(WorkerId worker);
  void forget(WorkerId worker);
  void forget_silent_ones();
  void watch(const std::shared_ptr<Session>& session, RunName run);
  void follow(const std::shared_ptr<Session>& session, const std::vector<RunName>& held, const std::vector<RunName>& lost);
  boost::asio::awaitable<void> listen(std::shared_ptr<Session> session, SteadyTime until);
  Async<JobStatus> report_one(WorkerId worker, ReportedRun reported);
  Async<JobStatus> finish_one(WorkerId worker, FinishedRun end);
  Async<void> check_artifacts(const std::vector<Artifact>& artifacts);

  const Ports ports_;
  std::map<WorkerId, std::shared_ptr<Session>> sessions_;
  SteadyTime swept_{};
  bool is_closing_ = false;
};

}  // namespace orc
