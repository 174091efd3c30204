#include "adapters/rest/job_explanation.h"

#include <algorithm>

#include "adapters/rest/job_json.h"
#include "adapters/rest/problem.h"

namespace orc {
namespace {

std::string_view to_word(Fit fit) {
  switch (fit) {
    case Fit::now:
      return "now";
    case Fit::later:
      return "later";
    case Fit::never:
      return "never";
  }
  return {};
}

template <typename Value>
void write_map(JsonWriter& json, std::string_view key, const std::map<std::string, Value>& map) {
  json.key(key).begin_object();
  for (const auto& [name, value] : map) json.member(name, value);
  json.end_object();
}

void write_requirements(JsonWriter& json, const Requirements& requirements) {
  json.begin_object();
  json.member("isolation", orc::to_word(requirements.isolation));
  json.member("runtime", orc::to_word(requirements.runtime));
  json.member("network", orc::to_word(requirements.network));
  json.member("cpus", requirements.resources.cpus);
  json.member("memory_mb", requirements.resources.memory_mb);
  json.member("gpus", requirements.resources.gpus);
  write_map(json, "custom", requirements.resources.custom);
  write_map(json, "worker_labels", requirements.worker_labels);
  json.end_object();
}

void write_unmet(JsonWriter& json, std::string_view key, const std::vector<Unmet>& unmet) {
  json.key(key).begin_array();
  for (const Unmet& one : unmet) {
    json.begin_object();
    json.member("requirement", orc::to_word(one.need));
    json.key("name");
    one.name.empty() ? json.value(nullptr) : json.value(one.name);
    json.member("wanted", one.wanted);
    json.key("offered");
    one.offered.empty() ? json.value(nullptr) : json.value(one.offered);
    json.member("free", one.free);
    json.end_object();
  }
  json.end_array();
}

void write_view(JsonWriter& json, const WorkerView& view) {
  json.begin_object();
  json.member("id", std::to_underlying(view.worker.id));
  json.member("name", view.worker.name);
  json.member("slots", view.worker.slots);
  json.member("runs", view.runs);
  json.member("is_draining", view.worker.intake == WorkerIntake::draining);
  json.member("fits", to_word(view.fit));
  write_unmet(json, "unmet", view.unmet);
  json.end_object();
}

void write_queue(JsonWriter& json, const JobExplanation& why, bool names_workers) {
  const bool is_queued = why.job.status == JobStatus::queued && why.reason != WaitReason::plugin_removed;
  json.key("requirements");
  if (!is_queued) {
    json.value(nullptr);
    json.member("before", nullptr);
    json.member("worker_counts", nullptr);
  } else {
    write_requirements(json, why.requirements);
    json.key("before").begin_object();
    json.member("higher_priority", why.before.higher_priority);
    json.member("same_key", why.before.same_key);
    json.end_object();
    json.key("worker_counts").begin_object();
    for (const Fit fit : {Fit::now, Fit::later, Fit::never})
      json.member(to_word(fit), std::int64_t{std::ranges::count(why.workers, fit, &WorkerView::fit)});
    json.end_object();
  }
  write_unmet(json, "nobody_meets", why.nobody_meets);
  json.key("workers");
  if (!names_workers) return json.value(nullptr);
  json.begin_array();
  for (const WorkerView& view : why.workers) write_view(json, view);
  json.end_array();
}

}  // namespace

void JobExplanations::add_to(RouteTable& table) {
  table.add("GET", "/api/v1/jobs/{id}/why", Access::read, {}, *this, &JobExplanations::why);
}

boost::asio::awaitable<HttpResponse> JobExplanations::why(RestRequest& request) {
  const auto id = path_id(request.path, job_not_found);
  if (!id) co_return id.error();
  const auto why = co_await explain_job_.run(request.actor.principal, JobId{*id});
  if (!why) co_return problem(why.error());
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  json.member("job_id", std::to_underlying(why->job.id));
  json.member("status", orc::to_word(why->job.status));
  json.member("reason", orc::to_word(why->reason));
  json.member("message", why->message);
  write_time(json, "run_at", why->job.run_at);
  write_queue(json, *why, request.actor.is_admin());
  json.end_object();
  co_return json_answer(200, std::move(text));
}

}  // namespace orc
