#include "adapters/rest/dead_letter_routes.h"

#include "adapters/rest/job_json.h"
#include "adapters/rest/page_json.h"
#include "adapters/rest/problem.h"

namespace orc {

void DeadLetterRoutes::add_to(RouteTable& table) {
  table.add("GET", "/api/v1/dead-letters", Access::admin, {}, *this, &DeadLetterRoutes::list);
  table.add("POST", "/api/v1/dead-letters/{id}/redrive", Access::admin, {}, *this, &DeadLetterRoutes::redrive);
}

boost::asio::awaitable<HttpResponse> DeadLetterRoutes::list(RestRequest& request) {
  constexpr int limit_default = 50;
  QueryReader query(request.http);
  const Page page = query.page(limit_default);
  if (!query.faults().empty()) co_return unprocessable(query.faults());
  const auto letters = co_await jobs_.dead_letters(page);
  if (!letters) co_return problem(letters.error());
  co_return page_answer(letters->total, letters->items, write_dead_letter);
}

boost::asio::awaitable<HttpResponse> DeadLetterRoutes::redrive(RestRequest& request) {
  const auto id = path_id(request.path, job_not_found);
  if (!id) co_return id.error();
  const auto letter = co_await jobs_.get(JobId{*id});
  if (!letter && letter.error().code != ErrorCode::not_found) co_return problem(letter.error());
  if (!letter || letter->status != JobStatus::failed) co_return problem(404, "Dead letter not found");
  const auto job = co_await retry_job_.run(std::move(request.actor), JobId{*id});
  if (!job) co_return problem(job.error());
  co_return json_answer(202, job_text(*job));
}

}  // namespace orc
