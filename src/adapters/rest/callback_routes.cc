#include "adapters/rest/callback_routes.h"

#include "adapters/rest/job_json.h"
#include "adapters/rest/page_json.h"
#include "adapters/rest/problem.h"

namespace orc {

void CallbackRoutes::add_to(RouteTable& table) {
  table.add("GET", "/api/v1/jobs/{id}/deliveries", Access::read, {}, *this, &CallbackRoutes::deliveries);
  table.add("GET", "/api/v1/callback-secret", Access::account, {}, *this, &CallbackRoutes::secret);
}

boost::asio::awaitable<HttpResponse> CallbackRoutes::deliveries(RestRequest& request) {
  const auto id = path_id(request.path, job_not_found);
  if (!id) co_return id.error();
  const auto job = co_await job_access_.without_payloads(request.actor.principal, JobId{*id});
  if (!job) co_return problem(job.error());
  const auto deliveries = co_await callbacks_.deliveries(job->id);
  if (!deliveries) co_return problem(deliveries.error());
  co_return page_answer(static_cast<std::int64_t>(deliveries->size()), *deliveries, write_delivery);
}

boost::asio::awaitable<HttpResponse> CallbackRoutes::secret(RestRequest& request) {
  std::string body;
  JsonWriter json(body);
  json.begin_object();
  json.member("secret", secrets_.of(request.actor.principal.user));
  json.end_object();
  co_return json_answer(200, std::move(body));
}

}  // namespace orc
