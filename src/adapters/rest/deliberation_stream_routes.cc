#include "adapters/rest/deliberation_stream_routes.h"

#include <charconv>

#include "adapters/rest/deliberation_events.h"
#include "adapters/rest/problem.h"
#include "adapters/rest/room_for_answer.h"

namespace orc {
namespace {

// The id of an event is its number. Anything else there comes from another stream: this one begins anew.
std::int64_t number_of_last_event(std::string_view last_event_id) {
  std::int64_t last = 0;
  const auto [end, error] = std::from_chars(last_event_id.data(), last_event_id.data() + last_event_id.size(), last);
  return error == std::errc{} && end == last_event_id.data() + last_event_id.size() && last > 0 ? last : 0;
}

}  // namespace

void DeliberationStreamRoutes::add_to(RouteTable& table) {
  table.add("GET", "/api/v1/deliberations/{id}/stream", Access::read, {}, *this, &DeliberationStreamRoutes::stream);
}

boost::asio::awaitable<HttpResponse> DeliberationStreamRoutes::stream(RestRequest& request) {
  auto deliberation = co_await access_.get(request.actor.principal, std::string(path_parameter(request.path, "id")), room_for(request, 2));
  if (!deliberation) co_return problem(deliberation.error());
  const auto last = request.http.headers.find("last-event-id");
  auto follow = std::make_unique<FollowDeliberation>(follow_ports_, std::move(*deliberation), last ? number_of_last_event(*last) : 0);
  HttpResponse response{.content_type = "text/event-stream"};
  response.source = std::make_shared<DeliberationEvents>(std::move(follow), follow_ports_.clock);
  co_return response;
}

}  // namespace orc
