#pragma once

#include "adapters/rest/rest_ports.h"
#include "adapters/rest/route_table.h"

namespace orc {

// GET /jobs/{id}/why: why a job does not run yet. Only administrators learn of each worker; owners get counts.
class JobExplanations {
 public:
  explicit JobExplanations(const RestUseCases& use_cases) : explain_job_(use_cases.explain_job) {}
  void add_to(RouteTable& table);

 private:
  boost::asio::awaitable<HttpResponse> why(RestRequest& request);

  ExplainJob& explain_job_;
};

}  // namespace orc
