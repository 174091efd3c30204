#include "adapters/rest/job_routes.h"

#include <limits>

#include "adapters/rest/job_json.h"
#include "adapters/rest/large_answer.h"
#include "adapters/rest/page_json.h"
#include "adapters/rest/problem.h"

namespace orc {
namespace {

constexpr int jobs_limit_default = 50;

}  // namespace

JobRoutes::JobRoutes(const RestUseCases& use_cases, const RestPorts& ports, Submissions& submissions)
    : parsing_(ports.parsing),
      submissions_(submissions),
      job_access_(use_cases.job_access),
      await_job_(use_cases.await_job),
      cancel_job_(use_cases.cancel_job),
      retry_job_(use_cases.retry_job),
      delete_job_(use_cases.delete_job) {}

void JobRoutes::add_to(RouteTable& table) {
  // Room for the other fields beside an input of the largest size.
  constexpr BodyWanted submission_body{.form = BodyForm::json, .bytes_max = job_input_bytes_max + 64 * 1024, .advice = large_input_advice};
  table.add("POST", "/api/v1/jobs", Access::submit, submission_body, *this, &JobRoutes::submit);
  table.add("GET", "/api/v1/jobs", Access::read, {}, *this, &JobRoutes::list);
  table.add("GET", "/api/v1/jobs/{id}", Access::read, {}, *this, &JobRoutes::get);
  table.add("DELETE", "/api/v1/jobs/{id}", Access::submit, {}, *this, &JobRoutes::erase);
  table.add("POST", "/api/v1/jobs/{id}/cancel", Access::submit, {}, *this, &JobRoutes::cancel);
  table.add("POST", "/api/v1/jobs/{id}/retry", Access::submit, {}, *this, &JobRoutes::retry);
}

boost::asio::awaitable<HttpResponse> JobRoutes::answer(int status, const Job& job) {
  const auto write = [&job](JsonWriter& json) { write_job(json, job); };
  co_return json_answer(status, co_await written_in_any_case(parsing_, text_size_of(job), write));
}

boost::asio::awaitable<HttpResponse> JobRoutes::accepted_or(const Result<Job>& job) {
  if (!job) co_return problem(job.error());
  co_return co_await answer(202, *job);
}

boost::asio::awaitable<HttpResponse> JobRoutes::submit(RestRequest& request) {
  QueryReader query(request.http);
  const auto wait = query.integer("wait", 0, await_job_max.count());
  if (!query.faults().empty()) co_return unprocessable(query.faults());
  const auto jobs = co_await submissions_.take(request, read_one_submission, FaultForm::sentence);
  if (!jobs) co_return jobs.error();
  const Job& submitted = jobs->front();
  if (!wait) co_return co_await answer(202, submitted);
  const auto job = co_await await_job_.run(request.actor.principal, submitted.id, std::chrono::seconds{*wait});
  // It has been taken, whatever keeps us from seeing its end: an error would make a client submit it again.
  if (!job) co_return co_await answer(202, submitted);
  co_return co_await answer(is_terminal(job->status) ? 200 : 202, *job);
}

boost::asio::awaitable<HttpResponse> JobRoutes::list(RestRequest& request) {
  QueryReader query(request.http);
  const Page page = query.page(jobs_limit_default);
  const auto status = query.text("status");
  const auto plugin_name = query.text("plugin_name");
  const auto owner = query.integer("owner_id", 1, std::numeric_limits<std::int64_t>::max());
  const bool everybody = query.is_second_word("scope", "own", "all");
  query.refuse_if_given({"label", "q", "from", "to", "sort", "cursor", "counts"});
  if (!query.faults().empty()) co_return unprocessable(query.faults());
  JobFilter filter{.owner = request.actor.user(), .status = {}, .plugin_name = {}};
  if (everybody) filter.owner.reset();
  if (owner) filter.owner = UserId{*owner};
  if (plugin_name) filter.plugin_name = std::string(*plugin_name);
  if (status) {
    filter.status = job_status_from_word(*status);
    if (!filter.status) co_return problem(400, "Invalid status: " + std::string(status->substr(0, 100)));
  }
  auto jobs = co_await job_access_.list(request.actor.principal, std::move(filter), page);
  if (!jobs) co_return problem(jobs.error());
  std::size_t bytes = 0;
  for (const Job& job : jobs->items) bytes += text_size_of(job);
  co_return co_await long_page_answer(parsing_, bytes, jobs->total, std::move(jobs->items), write_job);
}

boost::asio::awaitable<HttpResponse> JobRoutes::get(RestRequest& request) {
  const auto id = path_id(request.path, job_not_found);
  if (!id) co_return id.error();
  const auto job = co_await job_access_.get(request.actor.principal, JobId{*id});
  if (!job) co_return problem(job.error());
  co_return co_await answer(200, *job);
}

boost::asio::awaitable<HttpResponse> JobRoutes::erase(RestRequest& request) {
  const auto id = path_id(request.path, job_not_found);
  if (!id) co_return id.error();
  const auto erased = co_await delete_job_.run(std::move(request.actor), JobId{*id});
  if (!erased) co_return problem(erased.error());
  co_return no_content();
}

boost::asio::awaitable<HttpResponse> JobRoutes::cancel(RestRequest& request) {
  const auto id = path_id(request.path, job_not_found);
  if (!id) co_return id.error();
  co_return co_await accepted_or(co_await cancel_job_.run(std::move(request.actor), JobId{*id}));
}

boost::asio::awaitable<HttpResponse> JobRoutes::retry(RestRequest& request) {
  const auto id = path_id(request.path, job_not_found);
  if (!id) co_return id.error();
  co_return co_await accepted_or(co_await retry_job_.run(std::move(request.actor), JobId{*id}));
}

}  // namespace orc
