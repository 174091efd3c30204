#pragma once

#include "adapters/rest/rest_ports.h"
#include "adapters/rest/route_table.h"
#include "application/event/replay_events.h"

namespace orc {

// Events of deliberations, as they are published; for administrators.
class EventRoutes {
 public:
  // `events_stay`: they are published to none.
  EventRoutes(const RestPorts& ports, bool events_stay) : replay_(ports.events), events_stay_(events_stay) {}
  void add_to(RouteTable& table);

 private:
  boost::asio::awaitable<HttpResponse> replay(RestRequest& request);

  ReplayEvents replay_;
  const bool events_stay_;
};

}  // namespace orc
