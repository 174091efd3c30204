#include "adapters/rest/job_batch.h"

#include "adapters/rest/job_json.h"
#include "adapters/rest/problem.h"

namespace orc {

void JobBatch::add_to(RouteTable& table) {
  constexpr BodyWanted batch_body{.form = BodyForm::json, .bytes_max = std::uint64_t{16} << 20};
  table.add("POST", "/api/v1/jobs:batch", Access::submit, batch_body, *this, &JobBatch::submit);
}

boost::asio::awaitable<HttpResponse> JobBatch::submit(RestRequest& request) {
  const auto jobs = co_await submissions_.take(request, read_batch, FaultForm::list);
  if (!jobs) co_return jobs.error();
  std::string text;
  text.reserve(request.http.body.size() + jobs->size() * 512);
  JsonWriter json(text);
  json.begin_object();
  json.key("items").begin_array();
  for (const Job& job : *jobs) write_job(json, job);
  json.end_array();
  json.end_object();
  co_return json_answer(202, std::move(text));
}

}  // namespace orc
