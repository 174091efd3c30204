#pragma once

#include "adapters/rest/rest_ports.h"
#include "adapters/rest/rest_surface.h"
#include "adapters/rest/route_table.h"

namespace orc {

// What the service says about itself.
class SystemRoutes {
 public:
  // `ports` must outlive the routes.
  SystemRoutes(RestSurface surface, const RestPorts& ports) : surface_(surface), ports_(ports) {}
  void add_to(RouteTable& table);

 private:
  boost::asio::awaitable<HttpResponse> front(RestRequest& request);
  boost::asio::awaitable<HttpResponse> health(RestRequest& request);
  boost::asio::awaitable<HttpResponse> ready(RestRequest& request);
  boost::asio::awaitable<HttpResponse> metrics(RestRequest& request);

  const RestSurface surface_;
  const RestPorts& ports_;
};

}  // namespace orc
