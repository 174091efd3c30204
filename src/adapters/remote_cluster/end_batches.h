#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "adapters/remote_cluster/remote_client.h"
#include "domain/job/job_state.h"
#include "domain/strong_id.h"
#include "ports/async.h"
#include "ports/wake_up.h"

namespace orc {

// EndBatches hands in the ends of runs: all that wait while a request is under way go together in the next one. On the thread of
// `executor`.
class EndBatches {
 public:
  EndBatches(boost::asio::any_io_executor executor, RemoteClient client, WakeUps& wake_ups)
      : executor_(std::move(executor)), line_("ends of runs", std::move(client)), wake_ups_(wake_ups) {}
  EndBatches(const EndBatches&) = delete;
  EndBatches& operator=(const EndBatches&) = delete;

  // `end` is what finished_run_text() made. Errors: those of RemoteClient::send() and those of the server for this end.
  Async<JobStatus> hand_in(WorkerId worker, std::string end);

 private:
  struct Waiting {
    WorkerId worker;
    std::string end;
    std::unique_ptr<WakeUp> answered;
    std::optional<Result<JobStatus>> answer;
  };

  boost::asio::awaitable<void> send_all();
  std::vector<Waiting*> next_batch();
  boost::asio::awaitable<void> send(std::vector<Waiting*> batch);

  const boost::asio::any_io_executor executor_;
  RemoteLine line_;
  WakeUps& wake_ups_;
  std::deque<Waiting*> waiting_;  // in the frames of hand_in(); as many as runs have ended, so no more than the worker has slots
  bool is_sending_ = false;
};

}  // namespace orc
