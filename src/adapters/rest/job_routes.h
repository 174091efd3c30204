#pragma once

#include "adapters/rest/rest_ports.h"
#include "adapters/rest/route_table.h"
#include "adapters/rest/submissions.h"

namespace orc {

// One job at a time, and the list of one's own.
class JobRoutes {
 public:
  // `submissions` must outlive the routes.
  JobRoutes(const RestUseCases& use_cases, const RestPorts& ports, Submissions& submissions);
  void add_to(RouteTable& table);

 private:
  boost::asio::awaitable<HttpResponse> answer(int status, const Job& job);
  boost::asio::awaitable<HttpResponse> accepted_or(const Result<Job>& job);

  boost::asio::awaitable<HttpResponse> submit(RestRequest& request);
  boost::asio::awaitable<HttpResponse> list(RestRequest& request);
  boost::asio::awaitable<HttpResponse> get(RestRequest& request);
  boost::asio::awaitable<HttpResponse> erase(RestRequest& request);
  boost::asio::awaitable<HttpResponse> cancel(RestRequest& request);
  boost::asio::awaitable<HttpResponse> retry(RestRequest& request);

  WorkPool& parsing_;
  Submissions& submissions_;
  JobAccess& job_access_;
  AwaitJob& await_job_;
  CancelJob& cancel_job_;
  RetryJob& retry_job_;
  DeleteJob& delete_job_;
};

}  // namespace orc
