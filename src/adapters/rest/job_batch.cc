#include "adapters/rest/job_batch.h"

#include "adapters/rest/job_json.h"
#include "adapters/rest/large_answer.h"
#include "adapters/rest/problem.h"

namespace orc {

void JobBatch::add_to(RouteTable& table) {
  constexpr BodyWanted batch_body{.form = BodyForm::json, .bytes_max = std::uint64_t{16} << 20};
  table.add("POST", "/api/v1/jobs:batch", Access::submit, batch_body, *this, &JobBatch::submit);
}

boost::asio::awaitable<HttpResponse> JobBatch::submit(RestRequest& request) {
  auto jobs = co_await submissions_.take(request, read_batch, FaultForm::list);
  if (!jobs) co_return std::move(jobs).error();
  std::size_t bytes = 0;
  for (const Job& job : *jobs) bytes += text_size_of(job);
  co_return json_answer(202, co_await written_in_any_case(parsing_, bytes, [&jobs](JsonWriter& json) {
                          json.begin_object();
                          json.key("items").begin_array();
                          for (const Job& job : *jobs) write_job(json, job);
                          json.end_array();
                          json.end_object();
                          jobs->clear();  // freed on this thread too
                        }));
}

}  // namespace orc
