#pragma once

#include "adapters/rest/rest_ports.h"
#include "adapters/rest/route_table.h"

namespace orc {

// Deliberations over REST: the gRPC service's work for who has an account.
class DeliberationRoutes {
 public:
  DeliberationRoutes(const RestUseCases& use_cases, const RestPorts& ports);
  void add_to(RouteTable& table);

 private:
  boost::asio::awaitable<HttpResponse> submit(RestRequest& request);
  boost::asio::awaitable<HttpResponse> list(RestRequest& request);
  boost::asio::awaitable<HttpResponse> get(RestRequest& request);
  boost::asio::awaitable<HttpResponse> usage(RestRequest& request);
  boost::asio::awaitable<HttpResponse> replay_it(RestRequest& request);
  boost::asio::awaitable<HttpResponse> cancel(RestRequest& request);

  WorkPool& parsing_;
  RateLimiter& rate_;  // which jobs and deliberations share
  AccessLog& log_;
  ExecuteDeliberation& execute_;
  DeliberationAccess& access_;
  CancelDeliberation& cancel_;
};

}  // namespace orc
