#pragma once

#include "adapters/rest/rest_ports.h"
#include "adapters/rest/route_table.h"

namespace orc {

// What became of a job's callbacks, and the secret that they are signed with.
class CallbackRoutes {
 public:
  CallbackRoutes(const RestUseCases& use_cases, const RestPorts& ports)
      : job_access_(use_cases.job_access), callbacks_(ports.callbacks), secrets_(ports.callback_secrets) {}
  void add_to(RouteTable& table);

 private:
  boost::asio::awaitable<HttpResponse> deliveries(RestRequest& request);
  boost::asio::awaitable<HttpResponse> secret(RestRequest& request);

  JobAccess& job_access_;
  CallbackStore& callbacks_;
  const CallbackSecrets& secrets_;
};

}  // namespace orc
