#include "adapters/rest/worker_list_routes.h"

#include <algorithm>

#include "adapters/rest/job_json.h"
#include "adapters/rest/page_json.h"
#include "adapters/rest/problem.h"
#include "adapters/worker_wire/equipment_json.h"
#include "application/duties/rescue_lost_workers.h"
#include "application/duties/watch_hosts.h"

namespace orc {
namespace {

std::string_view word_of(WorkerHome home) {
  switch (home) {
    case WorkerHome::this_process:
      return "server";
    case WorkerHome::elsewhere:
      return "elsewhere";
  }
  return {};
}

}  // namespace

struct WorkerListRoutes::Shown {
  Worker worker;
  std::int64_t running = 0;
  std::string_view state;
  std::optional<Timestamp> last_beat_at;
  std::optional<std::string> warning;
};

void WorkerListRoutes::add_to(RouteTable& table) {
  table.add("GET", "/api/v1/workers", Access::admin, {}, *this, &WorkerListRoutes::list);
  table.add("POST", "/api/v1/workers/{id}/drain", Access::admin, {}, *this, &WorkerListRoutes::drain);
  table.add("POST", "/api/v1/workers/{id}/resume", Access::admin, {}, *this, &WorkerListRoutes::resume);
}

Async<std::vector<WorkerListRoutes::Shown>> WorkerListRoutes::all() {
  auto workers = co_await workers_.list();
  if (!workers) co_return pass_on(workers);
  auto loads = co_await jobs_.worker_loads();
  if (!loads) co_return pass_on(loads);
  const HostPromises promises = promises_of(*workers, beats_, clock_.steady_now());
  std::vector<Shown> all;
  for (Worker& worker : *workers) {
    Shown shown{.worker = std::move(worker)};
    const WorkerId id = shown.worker.id;
    if (const auto load = std::ranges::find(*loads, id, &WorkerLoad::worker); load != loads->end()) shown.running = load->runs;
    shown.state = shown.worker.intake == WorkerIntake::draining ? "draining" : "active";
    if (const auto since = beats_.last_change(id)) {
      const auto silence = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady_now() - *since);
      shown.last_beat_at = clock_.now() - silence;
      if (silence >= worker_lease) shown.state = "lost";
    } else if (clock_.now() - shown.worker.started_at < worker_lease) {
      shown.last_beat_at = shown.worker.started_at;  // as good as a beat
    }
    if (const auto over = promises.over(shown.worker.equipment); over && shown.state != "lost") shown.warning = over->sentence();
    all.push_back(std::move(shown));
  }
  co_return all;
}

void WorkerListRoutes::write(JsonWriter& json, const Shown& shown) {
  json.begin_object();
  json.member("id", std::to_underlying(shown.worker.id));
  json.member("name", shown.worker.name);
  json.member("home", word_of(shown.worker.home));
  json.member("isolation", to_word(shown.worker.isolation));
  json.member("slots", shown.worker.slots);
  json.key("equipment").begin_object();
  write_equipment(json, shown.worker.equipment);
  json.end_object();
  json.member("running", shown.running);
  json.member("state", shown.state);
  write_time(json, "started_at", shown.worker.started_at);
  write_time(json, "last_beat_at", shown.last_beat_at);
  json.member("warning", shown.warning);
  json.end_object();
}

boost::asio::awaitable<HttpResponse> WorkerListRoutes::list(RestRequest&) {
  const auto workers = co_await all();
  if (!workers) co_return problem(workers.error());
  co_return page_answer(std::ssize(*workers), *workers, write);
}

boost::asio::awaitable<HttpResponse> WorkerListRoutes::drain(RestRequest& request) { return set_intake(request, WorkerIntake::draining); }

boost::asio::awaitable<HttpResponse> WorkerListRoutes::resume(RestRequest& request) { return set_intake(request, WorkerIntake::open); }

boost::asio::awaitable<HttpResponse> WorkerListRoutes::set_intake(RestRequest& request, WorkerIntake intake) {
  const auto id = path_id(request.path, worker_not_found);
  if (!id) co_return id.error();
  if (auto done = co_await drain_.run(std::move(request.actor), WorkerId{*id}, intake); !done) co_return problem(done.error());
  const auto workers = co_await all();
  if (!workers) co_return problem(workers.error());
  const auto found = std::ranges::find_if(*workers, [&](const Shown& shown) { return shown.worker.id == WorkerId{*id}; });
  if (found == workers->end()) co_return problem(404, worker_not_found);
  std::string text;
  JsonWriter json(text);
  write(json, *found);
  co_return json_answer(200, std::move(text));
}

}  // namespace orc
