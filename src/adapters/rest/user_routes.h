#pragma once

#include "adapters/rest/places_by_address.h"
#include "adapters/rest/rest_ports.h"
#include "adapters/rest/route_table.h"

namespace orc {

// Accounts.
class UserRoutes {
 public:
  UserRoutes(const RestUseCases& use_cases, const RestPorts& ports, PlacesByAddress& password_places)
      : register_user_(use_cases.register_user),
        change_user_(use_cases.change_user),
        delete_user_(use_cases.delete_user),
        users_(ports.users),
        password_places_(password_places) {}
  void add_to(RouteTable& table);

 private:
  boost::asio::awaitable<HttpResponse> create(RestRequest& request);
  boost::asio::awaitable<HttpResponse> list(RestRequest& request);
  boost::asio::awaitable<HttpResponse> get(RestRequest& request);
  boost::asio::awaitable<HttpResponse> change(RestRequest& request);
  boost::asio::awaitable<HttpResponse> erase(RestRequest& request);

  RegisterUser& register_user_;
  ChangeUser& change_user_;
  DeleteUser& delete_user_;
  UserStore& users_;
  PlacesByAddress& password_places_;
};

}  // namespace orc
