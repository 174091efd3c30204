#include "adapters/rest/worker_routes.h"

#include <utility>

#include "adapters/json/field_reader.h"
#include "adapters/json/json_document.h"
#include "adapters/json/json_writer.h"
#include "adapters/rest/problem.h"
#include "adapters/worker_wire/assignment_json.h"
#include "adapters/worker_wire/equipment_json.h"
#include "adapters/worker_wire/run_name_json.h"
#include "adapters/worker_wire/run_report_json.h"
#include "adapters/worker_wire/worker_protocol.h"
#include "application/duties/rescue_lost_workers.h"

namespace orc {
namespace {

constexpr std::size_t inline_body_max = 64 * 1024;  // above this a body is parsed by the pool

struct Beat {
  std::vector<RunName> held;
  std::chrono::seconds wait{};
};

std::expected<Beat, std::vector<FieldFault>> read_beat(std::string_view text) {
  const auto document = JsonDocument::parse(text);
  if (!document) return std::unexpected(std::vector{malformed_json_fault(document.error())});
  FieldReader body(document->root(), {"body"});
  Beat beat;
  beat.held = read_run_names(body, "held", held_runs_max);
  beat.wait = std::chrono::seconds{body.optional_integer("wait_seconds", {.min = 0, .max = beat_wait_max.count()}).value_or(0)};
  if (!body.faults().empty()) return std::unexpected(body.take_faults());
  return beat;
}

// Reads a body where it does not hold up others. The error is the answer to give.
template <typename Read>
auto read_aside(WorkPool& pool, std::string_view body, Read read)
    -> boost::asio::awaitable<std::expected<typename std::invoke_result_t<Read, std::string_view>::value_type, HttpResponse>> {
  using Answer = std::invoke_result_t<Read, std::string_view>;
  Result<Answer> answer = [&]() -> Result<Answer> {
    if (body.size() > inline_body_max) return fail(ErrorCode::unavailable, {});
    return read(body);
  }();
  if (body.size() > inline_body_max) answer = co_await pool.run([=]() -> Result<Answer> { return read(body); });
  if (!answer) co_return std::unexpected(problem(answer.error()));
  if (!*answer) co_return std::unexpected(unprocessable(answer->error()));
  co_return std::move(**answer);
}

std::expected<ContentHash, HttpResponse> path_hash(const PathParameters& path) {
  auto hash = content_hash_from_hex(path_parameter(path, "sha256"));
  if (hash) return *hash;
  return std::unexpected(unprocessable(FieldFault{.loc = {"path", "sha256"}, .msg = hash.error().message, .type = "value_error"}));
}

Error too_weak(Isolation given, Isolation least) {
  return {ErrorCode::conflict,
          "this worker gives isolation " + std::string(to_word(given)) + ", and this server demands " + std::string(to_word(least)) +
              " at least: start the worker with --isolation " + std::string(to_word(least)) +
              ", and it says what its host lacks, or start the server with --isolation " + std::string(to_word(given))};
}

}  // namespace

WorkerRoutes::WorkerRoutes(Ports ports)
    : blobs_(ports.blobs),
      parsing_(ports.parsing),
      least_(ports.least),
      sessions_({.desk = ports.desk, .workers = ports.workers, .blobs = ports.blobs, .wake_ups = ports.wake_ups, .clock = ports.clock}) {}

void WorkerRoutes::add_to(RouteTable& table) {
  constexpr BodyWanted small{.form = BodyForm::json, .bytes_max = 16 * 1024};
  constexpr BodyWanted beat_body{.form = BodyForm::json, .bytes_max = beat_bytes_max};
  constexpr BodyWanted ends_body{.form = BodyForm::json, .bytes_max = finish_bytes_max};
  constexpr BodyWanted blob_body{.form = BodyForm::bytes, .bytes_max = output_blob_bytes_max};
  table.add("POST", "/api/v1/worker/v1/workers", Access::worker, small, *this, &WorkerRoutes::sign_on);
  table.add("DELETE", "/api/v1/worker/v1/workers/{id}", Access::worker, {}, *this, &WorkerRoutes::sign_off);
  table.add("POST", "/api/v1/worker/v1/workers/{id}/beat", Access::worker, beat_body, *this, &WorkerRoutes::beat);
  table.add("POST", "/api/v1/worker/v1/workers/{id}/claim", Access::worker, small, *this, &WorkerRoutes::claim);
  table.add("POST", "/api/v1/worker/v1/workers/{id}/report", Access::worker, ends_body, *this, &WorkerRoutes::report);
  table.add("POST", "/api/v1/worker/v1/workers/{id}/finish", Access::worker, ends_body, *this, &WorkerRoutes::finish);
  table.add("GET", "/api/v1/worker/v1/blobs/{sha256}", Access::worker, {}, *this, &WorkerRoutes::get_blob);
  table.add("PUT", "/api/v1/worker/v1/blobs/{sha256}", Access::worker, blob_body, *this, &WorkerRoutes::put_blob);
}

boost::asio::awaitable<HttpResponse> WorkerRoutes::sign_on(RestRequest& request) {
  const auto document = JsonDocument::parse(request.http.body);
  if (!document) co_return unprocessable(malformed_json_fault(document.error()));
  FieldReader body(document->root(), {"body"});
  NewWorker worker;
  worker.name = body.required_string("name", {.length_min = 1, .length_max = worker_name_length_max});
  worker.slots = static_cast<int>(body.required_integer("slots", {.min = 1, .max = worker_slots_max}));
  worker.equipment = read_equipment(body);
  const auto isolation = isolation_from_word(body.required_string("isolation", {.length_max = 100}));
  if (!isolation && body.faults().empty()) body.add_fault("isolation", "Input should be 'none', 'container' or 'strict'");
  if (!body.faults().empty()) co_return unprocessable(body.faults());
  if (*isolation < least_) co_return problem(too_weak(*isolation, least_));
  worker.isolation = *isolation;
  const auto id = co_await sessions_.sign_on(std::move(worker));
  if (!id) co_return problem(id.error());
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.member("worker_id", std::to_underlying(*id));
  json.member("beat_seconds", worker_beat.count());
  json.member("lease_seconds", worker_lease.count());
  json.member("protocol", worker_protocol);
  json.member("reports", true);
  json.member("counts_slots", true);
  json.end_object();
  co_return json_answer(201, std::move(text));
}

boost::asio::awaitable<HttpResponse> WorkerRoutes::beat(RestRequest& request) {
  const auto id = path_id(request.path, worker_not_found);
  if (!id) co_return id.error();
  auto beat = co_await read_aside(parsing_, request.http.body, read_beat);
  if (!beat) co_return std::move(beat).error();
  const auto stops = co_await sessions_.beat(WorkerId{*id}, std::move(beat->held), beat->wait);
  if (!stops) co_return problem(stops.error());
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  write_run_names(json, "stop", *stops);
  json.end_object();
  co_return json_answer(200, std::move(text));
}

boost::asio::awaitable<HttpResponse> WorkerRoutes::claim(RestRequest& request) {
  const auto id = path_id(request.path, worker_not_found);
  if (!id) co_return id.error();
  const auto document = JsonDocument::parse(request.http.body);
  if (!document) co_return unprocessable(malformed_json_fault(document.error()));
  FieldReader body(document->root(), {"body"});
  const auto count = body.required_integer("count", {.min = 0, .max = claimed_runs_max});
  const auto wait = body.optional_integer("wait_seconds", {.min = 0, .max = claim_wait_max.count()});
  if (!body.faults().empty()) co_return unprocessable(body.faults());
  std::stop_source gone;
  const auto watch = request.http.watch_client([gone]() mutable { gone.request_stop(); });
  const auto runs =
      co_await sessions_.claim(WorkerId{*id}, static_cast<int>(count), std::chrono::seconds{wait.value_or(0)}, gone.get_token());
  if (!runs) co_return problem(runs.error());
  co_return json_answer(200, assignments_text(*runs));
}

boost::asio::awaitable<HttpResponse> WorkerRoutes::report(RestRequest& request) {
  const auto id = path_id(request.path, worker_not_found);
  if (!id) co_return id.error();
  auto reports = co_await read_aside(parsing_, request.http.body, read_reported_runs);
  if (!reports) co_return std::move(reports).error();
  const auto results = co_await sessions_.report(WorkerId{*id}, std::move(*reports));
  if (!results) co_return problem(results.error());
  co_return json_answer(200, end_results_text(*results));
}

boost::asio::awaitable<HttpResponse> WorkerRoutes::finish(RestRequest& request) {
  const auto id = path_id(request.path, worker_not_found);
  if (!id) co_return id.error();
  auto ends = co_await read_aside(parsing_, request.http.body, read_finished_runs);
  if (!ends) co_return std::move(ends).error();
  const auto results = co_await sessions_.finish(WorkerId{*id}, std::move(*ends));
  if (!results) co_return problem(results.error());
  co_return json_answer(200, end_results_text(*results));
}

boost::asio::awaitable<HttpResponse> WorkerRoutes::sign_off(RestRequest& request) {
  const auto id = path_id(request.path, worker_not_found);
  if (!id) co_return id.error();
  const auto gone = co_await sessions_.sign_off(WorkerId{*id});
  if (!gone) co_return problem(gone.error());
  co_return no_content();
}

boost::asio::awaitable<HttpResponse> WorkerRoutes::get_blob(RestRequest& request) {
  const auto hash = path_hash(request.path);
  if (!hash) co_return hash.error();
  auto bytes = co_await blobs_.get(*hash);
  if (!bytes) co_return problem(bytes.error());
  HttpResponse response;
  response.content_type = "application/octet-stream";
  response.body = std::move(*bytes);
  co_return response;
}

// Not recorded as an upload: a blob that no result comes to refer to is swept after a day.
boost::asio::awaitable<HttpResponse> WorkerRoutes::put_blob(RestRequest& request) {
  const auto hash = path_hash(request.path);
  if (!hash) co_return hash.error();
  const auto actual = co_await blobs_.put(std::move(request.http.body));
  if (!actual) co_return problem(actual.error());
  if (*actual != *hash) co_return problem(422, "the body's SHA-256 is " + to_hex(*actual) + ", not what the path says");
  co_return no_content();
}

}  // namespace orc
