#pragma once

#include <memory>
#include <string>
#include <vector>

#include "adapters/http/http_handler.h"
#include "adapters/rest/authentication.h"
#include "adapters/rest/cross_origin.h"
#include "adapters/rest/rest_ports.h"
#include "adapters/rest/rest_surface.h"
#include "adapters/rest/route_table.h"

namespace orc {

struct RestSettings {
  std::vector<std::string> cors_origins;                          // empty: none
  std::vector<std::string> allowed_hosts;                         // names that a browser's Host field may have, without port; empty: any
  Isolation isolation = Isolation::none;                          // the least that a worker must give to sign on
  AnonymousWriting registry_writing = AnonymousWriting::refused;  // another only where the registry listens on loopback
  bool events_stay = false;                                       // who runs deliberations here publishes their events to none
};

// RestApi answers the requests of one listener as contract sections 1, 2 and 11 say. api/openapi.yaml is its reference.
// I/O thread only.
class RestApi final : public HttpHandler {
 public:
  // What `use_cases` and `ports` refer to must outlive the RestApi and everything that still runs in it.
  RestApi(RestSurface surface, const RestUseCases& use_cases, RestPorts ports, RestSettings settings);
  ~RestApi() override;

  boost::asio::awaitable<HeadDecision> before_body(HttpRequestHead& head) override;
  boost::asio::awaitable<HttpResponse> handle(HttpRequest& request) override;
  // What every answer says to browsers and operators, and its line in the log.
  void complete(const HttpRequestHead& head, HttpResponse& response) override;

  // Requests that wait for work or for news are answered now, and later ones at once: the server stops.
  void end_waits();

  // Every route, for the test that holds them against api/openapi.yaml.
  const std::vector<Route>& routes() const { return table_.routes(); }

 private:
  struct Themes;

  boost::asio::awaitable<HeadDecision> decide(HttpRequestHead& head);
  bool is_allowed_host(const HttpRequestHead& head) const;

  const RestSettings settings_;
  const CrossOrigin cross_origin_;
  AccessLog& access_log_;
  Authentication authentication_;
  std::unique_ptr<Themes> themes_;  // the routes' owners
  RouteTable table_;                // constant after construction
};

}  // namespace orc
