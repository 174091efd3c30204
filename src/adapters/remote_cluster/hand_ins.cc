#include "adapters/remote_cluster/hand_ins.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <utility>

#include "adapters/worker_wire/finished_run_json.h"
#include "adapters/worker_wire/worker_protocol.h"

namespace orc {
namespace {

constexpr std::size_t batch_bytes_max = std::size_t{4} << 20;  // beyond its first entry
constexpr std::chrono::seconds answer_max{20};

}  // namespace

Async<JobStatus> HandIns::hand_in(WorkerId worker, std::string text) {
  Waiting mine{.worker = worker, .text = std::move(text), .answered = wake_ups_.make(), .answer = {}};
  waiting_.push_back(&mine);
  if (!std::exchange(is_sending_, true)) boost::asio::co_spawn(executor_, send_all(), boost::asio::detached);
  while (!mine.answer) co_await mine.answered->wait(SteadyTime::max());
  co_return std::move(*mine.answer);
}

// Runs that end in the same moment come first, so that they go together.
boost::asio::awaitable<void> HandIns::send_all() {
  co_await boost::asio::post(executor_, boost::asio::use_awaitable);
  while (!waiting_.empty()) co_await send(next_batch());
  is_sending_ = false;
}

std::vector<HandIns::Waiting*> HandIns::next_batch() {
  std::vector<Waiting*> batch;
  std::size_t bytes = 0;
  while (!waiting_.empty() && batch.size() < handed_in_ends_max) {
    Waiting* const next = waiting_.front();
    bytes += next->text.size();
    if (!batch.empty() && (next->worker != batch.front()->worker || bytes > batch_bytes_max)) break;
    batch.push_back(next);
    waiting_.pop_front();
  }
  return batch;
}

boost::asio::awaitable<void> HandIns::send(std::vector<Waiting*> batch) {
  std::string body = "{\"" + std::string(kind_.list) + "\":[";
  for (const Waiting* waiting : batch) {
    if (waiting != batch.front()) body += ',';
    body += waiting->text;
  }
  body += "]}";
  const std::string target = "/workers/" + std::to_string(std::to_underlying(batch.front()->worker)) + std::string(kind_.verb);
  auto text = co_await line_.send({.method = "POST", .target = target, .body = std::move(body), .timeout = answer_max});
  // One of them is none that the server knows; the others must not suffer for it.
  if (!text && text.error().code == ErrorCode::invalid_argument && batch.size() > 1) {
    for (Waiting* waiting : batch) co_await send({waiting});
    co_return;
  }
  auto results = text ? read_end_results(*text, batch.size()) : Result<std::vector<Result<JobStatus>>>(pass_on(text));
  for (std::size_t i = 0; i < batch.size(); ++i) {
    batch[i]->answer = results ? std::move(results->at(i)) : Result<JobStatus>(std::unexpected(results.error()));
    batch[i]->answered->wake();
  }
}

}  // namespace orc
