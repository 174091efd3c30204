#pragma once

#include "adapters/rest/rest_ports.h"
#include "adapters/rest/route_table.h"
#include "application/event/replay_events.h"

namespace orc {

// Events of deliberations, as they are published; for administrators.
class EventRoutes {
 public:
  explicit EventRoutes(const RestPorts& ports) : replay_(ports.events) {}
  void add_to(RouteTable& table);

 private:
  boost::asio::awaitable<HttpResponse> replay(RestRequest& request);

  ReplayEvents replay_;
};

}  // namespace orc
