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

// HandIns hands in what runs have to say, either their ends or their reports: all that wait while a request is under way go together in
// the next one. On the thread of `executor`.
class HandIns {
 public:
  struct Kind {
    std::string_view verb;  // of the path
    std::string_view list;  // of the body
  };
  static constexpr Kind ends{.verb = "/finish", .list = "ends"};
  static constexpr Kind reports{.verb = "/report", .list = "reports"};

  HandIns(boost::asio::any_io_executor executor, Kind kind, RemoteClient client, WakeUps& wake_ups)
      : executor_(std::move(executor)), kind_(kind), line_(std::string(kind.list) + " of runs", std::move(client)), wake_ups_(wake_ups) {}
  HandIns(const HandIns&) = delete;
  HandIns& operator=(const HandIns&) = delete;

  // `text` is what finished_run_text() or reported_run_text() made. Gives the status of its job. Errors: those of RemoteClient::send() and
  // those of the server for this one.
  Async<JobStatus> hand_in(WorkerId worker, std::string text);

 private:
  struct Waiting {
    WorkerId worker;
    std::string text;
    std::unique_ptr<WakeUp> answered;
    std::optional<Result<JobStatus>> answer;
  };

  boost::asio::awaitable<void> send_all();
  std::vector<Waiting*> next_batch();
  boost::asio::awaitable<void> send(std::vector<Waiting*> batch);

  const boost::asio::any_io_executor executor_;
  const Kind kind_;
  RemoteLine line_;
  WakeUps& wake_ups_;
  std::deque<Waiting*> waiting_;  // in the frames of hand_in(); one for each run at most, so no more than the worker has slots
  bool is_sending_ = false;
};

}  // namespace orc
