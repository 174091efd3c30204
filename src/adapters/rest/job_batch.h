#pragma once

#include "adapters/rest/route_table.h"
#include "adapters/rest/submissions.h"

namespace orc {

// Many jobs in one transaction: all or none.
class JobBatch {
 public:
  // `submissions` must outlive the routes.
  JobBatch(const RestPorts& ports, Submissions& submissions) : parsing_(ports.parsing), submissions_(submissions) {}
  void add_to(RouteTable& table);

 private:
  boost::asio::awaitable<HttpResponse> submit(RestRequest& request);

  WorkPool& parsing_;
  Submissions& submissions_;
};

}  // namespace orc
