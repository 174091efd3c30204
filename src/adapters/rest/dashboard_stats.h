#pragma once

#include "adapters/rest/rest_ports.h"
#include "adapters/rest/route_table.h"

namespace orc {

// Figures for an overview, of what the caller may see: an administrator everything, anybody else their own jobs.
class DashboardStats {
 public:
  explicit DashboardStats(const RestPorts& ports) : jobs_(ports.jobs), users_(ports.users) {}
  void add_to(RouteTable& table);

 private:
  boost::asio::awaitable<HttpResponse> stats(RestRequest& request);

  JobReader& jobs_;
  UserStore& users_;
};

}  // namespace orc
