#pragma once

#include "adapters/rest/rest_ports.h"
#include "adapters/rest/route_table.h"
#include "application/deliberation/follow_deliberation.h"

namespace orc {

// What happens in a deliberation, as server-sent events.
class DeliberationStreamRoutes {
 public:
  DeliberationStreamRoutes(const RestUseCases& use_cases, const RestPorts& ports)
      : access_(use_cases.deliberation_access),
        follow_ports_{.events = ports.events,
                      .deliberations = ports.deliberations,
                      .signals = ports.event_signals,
                      .wake_ups = ports.wake_ups,
                      .clock = ports.clock} {}
  void add_to(RouteTable& table);

 private:
  boost::asio::awaitable<HttpResponse> stream(RestRequest& request);

  DeliberationAccess& access_;
  const FollowDeliberation::Ports follow_ports_;
};

}  // namespace orc
