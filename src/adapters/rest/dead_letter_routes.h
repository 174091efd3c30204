#pragma once

#include "adapters/rest/rest_ports.h"
#include "adapters/rest/route_table.h"

namespace orc {

// Jobs for which no attempt was left; for administrators.
class DeadLetterRoutes {
 public:
  DeadLetterRoutes(const RestUseCases& use_cases, const RestPorts& ports) : retry_job_(use_cases.retry_job), jobs_(ports.jobs) {}
  void add_to(RouteTable& table);

 private:
  boost::asio::awaitable<HttpResponse> list(RestRequest& request);
  boost::asio::awaitable<HttpResponse> redrive(RestRequest& request);

  RetryJob& retry_job_;
  JobReader& jobs_;
};

}  // namespace orc
