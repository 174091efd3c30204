#pragma once

#include "adapters/rest/rest_ports.h"
#include "adapters/rest/rest_surface.h"
#include "adapters/rest/route_table.h"

namespace orc {

// The plugin registry's API, on its own port and on the API's.
class PluginRoutes {
 public:
  // Reading is for users on the API's port, for anyone on the registry's (contract section 2).
  PluginRoutes(RestSurface surface, const RestUseCases& use_cases, const RestPorts& ports);
  void add_to(RouteTable& table);

 private:
  boost::asio::awaitable<HttpResponse> create(RestRequest& request);
  boost::asio::awaitable<HttpResponse> list(RestRequest& request);
  boost::asio::awaitable<HttpResponse> get(RestRequest& request);
  boost::asio::awaitable<HttpResponse> change(RestRequest& request);
  boost::asio::awaitable<HttpResponse> erase(RestRequest& request);
  boost::asio::awaitable<HttpResponse> versions(RestRequest& request);
  boost::asio::awaitable<HttpResponse> roll_back(RestRequest& request);
  boost::asio::awaitable<HttpResponse> upload(RestRequest& request);
  // The registry that is another process answers. Whether the caller may ask was looked at here; it looks too.
  boost::asio::awaitable<HttpResponse> ask_elsewhere(RestRequest& request);

  // The plugin that `{name}` of the path is: by its name, else by its id.
  Async<Plugin> plugin_of(const RestRequest& request);

  const RestSurface surface_;
  AddPlugin& add_plugin_;
  ChangePlugin& change_plugin_;
  UploadPackage& upload_package_;
  RollBackPlugin& roll_back_plugin_;
  DeletePlugin& delete_plugin_;
  PluginReader& plugins_;
  WorkPool& parsing_;
  const RegistryElsewhere elsewhere_;
};

}  // namespace orc
