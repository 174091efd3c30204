#include "adapters/remote_cluster/http_work_source.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "adapters/json/field_reader.h"
#include "adapters/json/json_document.h"
#include "adapters/json/json_writer.h"
#include "adapters/worker_wire/assignment_json.h"
#include "adapters/worker_wire/equipment_json.h"
#include "adapters/worker_wire/finished_run_json.h"
#include "adapters/worker_wire/run_name_json.h"
#include "adapters/worker_wire/run_report_json.h"
#include "adapters/worker_wire/worker_protocol.h"
#include "domain/passing_error.h"

namespace orc {
namespace {

constexpr std::chrono::seconds beat_answer_max{4};  // a second one must fit into the lease
constexpr std::chrono::seconds control_answer_max{10};
constexpr std::chrono::seconds grace{10};  // beyond what the server was asked to wait
constexpr std::chrono::seconds pause_after_failure{1};
constexpr std::chrono::milliseconds pause_after_end_of_wait{200};
constexpr int ends_of_wait_max = 3;                       // that are asked for; then the claim is hung up on
constexpr std::chrono::milliseconds pause_for_slot{200};  // with a server of an older release only

std::string target_of(WorkerId worker, std::string_view verb) {
  return ("/workers/" + std::to_string(std::to_underlying(worker))).append(verb);
}

std::string sign_on_text(const NewWorker& worker) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.member("name", worker.name.substr(0, worker_name_length_max));
  json.member("isolation", to_word(worker.isolation));
  json.member("slots", worker.slots);
  write_equipment(json, worker.equipment);
  json.end_object();
  return text;
}

std::string beat_text(std::span<const RunName> held, std::chrono::seconds wait) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  write_run_names(json, "held", held);
  json.member("wait_seconds", wait.count());
  json.end_object();
  return text;
}

std::string claim_text(int count, std::chrono::seconds wait) {
  return "{\"count\":" + std::to_string(count) + ",\"wait_seconds\":" + std::to_string(wait.count()) + "}";
}

Result<std::vector<RunName>> read_stops(std::string_view text) {
  const auto document = JsonDocument::parse(text);
  if (!document) return fail(ErrorCode::internal, "the answer to a beat is no JSON: " + document.error().message);
  FieldReader fields(document->root(), {});
  auto stops = read_run_names(fields, "stop", held_runs_max);
  if (!fields.faults().empty()) return fail(ErrorCode::internal, "the answer to a beat is not one that protocol version 1 knows");
  return stops;
}

}  // namespace

Result<std::unique_ptr<HttpWorkSource>> HttpWorkSource::create(boost::asio::any_io_executor executor, const RemoteServer& server,
                                                               Ports ports) {
  std::vector<RemoteClient> clients;
  for (int i = 0; i < 5; ++i) {
    auto client = RemoteClient::create(server);
    if (!client) return pass_on(client);
    clients.push_back(std::move(*client));
  }
  return std::unique_ptr<HttpWorkSource>(new HttpWorkSource(std::move(executor), std::move(clients), ports));
}

HttpWorkSource::HttpWorkSource(boost::asio::any_io_executor executor, std::vector<RemoteClient> clients, Ports ports)
    : executor_(executor),
      ports_(ports),
      claims_("claims", std::move(clients[0])),
      news_("beats", std::move(clients[1])),
      control_("short requests", std::move(clients[2])),
      ends_(executor, HandIns::ends, std::move(clients[3]), ports.wake_ups),
      reports_(executor, HandIns::reports, std::move(clients[4]), ports.wake_ups),
      pause_(ports.wake_ups.make()) {}

Async<WorkerId> HttpWorkSource::sign_on(NewWorker worker) {
  auto text = co_await control_.send({.method = "POST", .target = "/workers", .body = sign_on_text(worker), .timeout = control_answer_max});
  if (!text && text.error().code == ErrorCode::not_found)
    co_return fail(ErrorCode::invalid_argument,
                   "the server has no worker protocol of version 1: is the URL that of its API, and is it of this release?");
  if (!text) co_return pass_on(text);
  const auto document = JsonDocument::parse(*text);
  const auto id = document ? document->root().find("worker_id") : std::nullopt;
  const auto number = id ? id->as_int64() : std::nullopt;
  if (!number || *number < 1) co_return fail(ErrorCode::internal, "the answer to signing on is not one that protocol version 1 knows");
  worker_ = WorkerId{*number};
  const auto reports = document->root().find("reports");
  takes_reports_ = reports && reports->as_boolean().value_or(false);
  const auto counts = document->root().find("counts_slots");
  slots_of_older_ = counts && counts->as_boolean().value_or(false) ? 0 : worker.slots;
  co_return *worker_;
}

Async<void> HttpWorkSource::beat_once(RemoteLine& line, WorkerId worker, std::vector<RunName> held, std::chrono::seconds wait) {
  auto text = co_await line.send(
      {.method = "POST", .target = target_of(worker, "/beat"), .body = beat_text(held, wait), .timeout = beat_answer_max + wait});
  if (!text) co_return pass_on(text);
  auto stops = read_stops(*text);
  if (!stops) co_return pass_on(stops);
  watches_.call(*stops);
  co_return Result<void>{};
}

Async<void> HttpWorkSource::beat(WorkerId worker, std::vector<RunName> held) {
  return beat_once(control_, worker, std::move(held), std::chrono::seconds{0});
}

Async<void> HttpWorkSource::sign_off(WorkerId worker) {
  worker_.reset();
  pause_->wake();
  auto text = co_await control_.send({.method = "DELETE", .target = target_of(worker, ""), .body = {}, .timeout = control_answer_max});
  // Whoever is gone already has signed off.
  if (!text && text.error().code != ErrorCode::not_found) co_return pass_on(text);
  co_return Result<void>{};
}

Async<std::vector<Assignment>> HttpWorkSource::claim(WorkerId worker, int count, SteadyTime until, std::stop_token stop) {
  if (stop.stop_requested()) co_return std::vector<Assignment>{};
  if (slots_of_older_ > 0) {
    count = std::min(count, slots_of_older_ - static_cast<int>(watches_.watched().size()));
    if (count < 1) {
      co_await ports_.wake_ups.make()->wait(std::min<SteadyTime>(until, ports_.clock.steady_now() + pause_for_slot));
      co_return std::vector<Assignment>{};
    }
  }
  const auto left = std::chrono::ceil<std::chrono::seconds>(until - ports_.clock.steady_now());
  const auto wait = std::clamp(left, std::chrono::seconds{0}, claim_wait_max);
  std::stop_source answered;
  const std::shared_ptr<WakeUp> answer_is_here = ports_.wake_ups.make();
  const std::stop_callback end_wait(stop, [this, worker, answered, answer_is_here] {
    boost::asio::co_spawn(executor_, end_waiting_claim(worker, answered.get_token(), answer_is_here), boost::asio::detached);
  });
  auto text = co_await claims_.send(
      {.method = "POST", .target = target_of(worker, "/claim"), .body = claim_text(count, wait), .timeout = wait + grace});
  answered.request_stop();
  answer_is_here->wake();
  // What an answer that was given up has brought goes back: the server sees that nobody heard it.
  if (!text && stop.stop_requested()) co_return std::vector<Assignment>{};
  if (!text) co_return pass_on(text);
  co_return read_assignments(*text);
}

// Again until it has worked, as it may get lost, or overtake the claim on its way: they go over two connections. They may even lead to two
// processes, one of which knows nothing of the other's claim.
boost::asio::awaitable<void> HttpWorkSource::end_waiting_claim(WorkerId worker, std::stop_token answered,
                                                               std::shared_ptr<WakeUp> answer_is_here) {
  for (int asked = 0; !answered.stop_requested(); ++asked) {
    if (asked >= ends_of_wait_max) claims_.interrupt();
    [[maybe_unused]] const auto answer = co_await control_.send(
        {.method = "POST", .target = target_of(worker, "/claim"), .body = claim_text(0, {}), .timeout = control_answer_max});
    if (!answered.stop_requested()) co_await answer_is_here->wait(ports_.clock.steady_now() + pause_after_end_of_wait);
  }
}

std::unique_ptr<WorkSource::Watch> HttpWorkSource::watch(RunName run, std::function<void()> on_stop) {
  auto watch = watches_.add(run, std::move(on_stop));
  if (!std::exchange(is_listening_, true)) boost::asio::co_spawn(executor_, listen(), boost::asio::detached);
  return watch;
}

// While something runs. That the worker lives is what beat() shows; this one waits for news, and a failure of it is told there too.
boost::asio::awaitable<void> HttpWorkSource::listen() {
  while (!watches_.empty() && worker_) {
    const auto heard = co_await beat_once(news_, *worker_, watches_.watched(), beat_wait_max);
    if (!heard) co_await pause_->wait(ports_.clock.steady_now() + pause_after_failure);
  }
  is_listening_ = false;
}

Async<void> HttpWorkSource::report(WorkerId worker, RunName run, RunReport report) {
  if (!takes_reports_) co_return fail(ErrorCode::invalid_argument, "this server takes no reports: it is of an older release");
  auto status = co_await reports_.hand_in(worker, reported_run_text({.run = run, .report = std::move(report)}));
  if (!status) co_return pass_on(status);
  co_return Result<void>{};
}

Async<JobStatus> HttpWorkSource::finish(WorkerId worker, RunName run, PluginOutcome outcome) {
  FinishedRun end{.run = run, .outcome = std::move(outcome), .output_blob = {}};
  if (!fits_inline(end.outcome.output)) {
    auto hash = co_await ports_.blobs.put(std::move(end.outcome.output));
    if (!hash && may_pass(hash.error())) co_return pass_on(hash);
    if (hash)
      end.output_blob = *hash;
    else
      // Dropped, the run would be given back and run for ever.
      end.outcome = {.how = AttemptOutcome::failed,
                     .message = "its output could not be stored: " + hash.error().message,
                     .isolation = end.outcome.isolation};
    end.outcome.output.clear();
  }
  auto status = co_await ends_.hand_in(worker, finished_run_text(end));
  if (status || status.error().code != ErrorCode::invalid_argument) co_return status;
  // A run whose end the server cannot read would be given back and run for ever.
  FinishedRun instead{.run = run,
                      .outcome = {.how = AttemptOutcome::failed,
                                  .message = "the end of this attempt was refused by the server: " + status.error().message,
                                  .isolation = end.outcome.isolation},
                      .output_blob = {}};
  co_return co_await ends_.hand_in(worker, finished_run_text(instead));
}

}  // namespace orc
