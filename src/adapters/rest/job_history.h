#pragma once

#include "adapters/rest/rest_ports.h"
#include "adapters/rest/route_table.h"

namespace orc {

// What happened to a job: its attempts, and what its runs said.
class JobHistory {
 public:
  JobHistory(const RestUseCases& use_cases, const RestPorts& ports)
      : parsing_(ports.parsing), job_access_(use_cases.job_access), jobs_(ports.jobs), signals_(ports.signals), clock_(ports.clock) {}
  void add_to(RouteTable& table);

 private:
  boost::asio::awaitable<HttpResponse> attempts(RestRequest& request);
  boost::asio::awaitable<HttpResponse> log(RestRequest& request);
  boost::asio::awaitable<HttpResponse> stream_log(RestRequest& request);

  WorkPool& parsing_;
  JobAccess& job_access_;
  JobReader& jobs_;
  JobSignals& signals_;
  Clock& clock_;
};

}  // namespace orc
