#pragma once

#include "adapters/rest/places_by_address.h"
#include "adapters/rest/rest_ports.h"
#include "adapters/rest/route_table.h"

namespace orc {

// Logging in, and who one is.
class AuthRoutes {
 public:
  AuthRoutes(const RestUseCases& use_cases, const RestPorts& ports, PlacesByAddress& password_places)
      : log_in_(use_cases.log_in), users_(ports.users), failed_logins_(ports.failed_logins), password_places_(password_places) {}
  void add_to(RouteTable& table);

 private:
  boost::asio::awaitable<HttpResponse> token(RestRequest& request);
  boost::asio::awaitable<HttpResponse> me(RestRequest& request);
  boost::asio::awaitable<HttpResponse> session(RestRequest& request);

  LogIn& log_in_;
  UserStore& users_;
  RateLimiter& failed_logins_;
  PlacesByAddress& password_places_;
};

}  // namespace orc
