#pragma once

#include "adapters/rest/rest_ports.h"
#include "adapters/rest/route_table.h"

namespace orc {

// The caller's own API keys.
class ApiKeyRoutes {
 public:
  ApiKeyRoutes(const RestUseCases& use_cases, const RestPorts& ports)
      : create_api_key_(use_cases.create_api_key), delete_api_key_(use_cases.delete_api_key), keys_(ports.api_keys) {}
  void add_to(RouteTable& table);

 private:
  boost::asio::awaitable<HttpResponse> list(RestRequest& request);
  boost::asio::awaitable<HttpResponse> create(RestRequest& request);
  boost::asio::awaitable<HttpResponse> erase(RestRequest& request);

  CreateApiKey& create_api_key_;
  DeleteApiKey& delete_api_key_;
  ApiKeyStore& keys_;
};

}  // namespace orc
