#include "adapters/rest/dashboard_stats.h"

#include <numeric>
#include <utility>

#include "adapters/rest/job_json.h"
#include "adapters/rest/problem.h"

namespace orc {
namespace {

constexpr int recent_jobs = 10;  // contract section 1

void write_stats(JsonWriter& json, const JobCounts& counts, std::int64_t active_users) {
  json.key("stats").begin_object();
  json.member("total_jobs", std::accumulate(counts.begin(), counts.end(), std::int64_t{0}));
  for (const JobStatus status : job_statuses)
    json.member(std::string(to_word(status)) + "_jobs", counts[static_cast<std::size_t>(std::to_underlying(status))]);
  json.member("active_users", active_users);
  json.end_object();
}

void write_recent(JsonWriter& json, const std::vector<Job>& jobs) {
  json.key("recent_jobs").begin_array();
  for (const Job& job : jobs) {
    json.begin_object();
    json.member("id", std::to_underlying(job.id));
    json.member("plugin_name", job.plugin_name);
    json.member("status", to_word(job.status));
    write_time(json, "created_at", job.created_at);
    json.end_object();
  }
  json.end_array();
}

}  // namespace

void DashboardStats::add_to(RouteTable& table) {
  table.add("GET", "/api/v1/dashboard/stats", Access::read, {}, *this, &DashboardStats::stats);
}

boost::asio::awaitable<HttpResponse> DashboardStats::stats(RestRequest& request) {
  const std::optional<UserId> owner = request.actor.is_admin() ? std::nullopt : request.actor.user();
  const auto counts = co_await jobs_.counts(owner);
  if (!counts) co_return problem(counts.error());
  const auto recent = co_await jobs_.list({.owner = owner, .status = {}, .plugin_name = {}}, {.skip = 0, .limit = recent_jobs});
  if (!recent) co_return problem(recent.error());
  const auto active_users = co_await users_.count_active();
  if (!active_users) co_return problem(active_users.error());
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  write_stats(json, *counts, *active_users);
  write_recent(json, recent->items);
  json.end_object();
  co_return json_answer(200, std::move(text));
}

}  // namespace orc
