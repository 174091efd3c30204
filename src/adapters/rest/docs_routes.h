#pragma once

#include "adapters/rest/rest_surface.h"
#include "adapters/rest/route_table.h"

namespace orc {

// The API's reference, for programs and for people. Everything is part of the binary; the page asks no other host for anything.
class DocsRoutes {
 public:
  explicit DocsRoutes(RestSurface surface) : surface_(surface) {}
  void add_to(RouteTable& table);

 private:
  boost::asio::awaitable<HttpResponse> document(RestRequest& request);
  boost::asio::awaitable<HttpResponse> page(RestRequest& request);
  boost::asio::awaitable<HttpResponse> start_script(RestRequest& request);
  boost::asio::awaitable<HttpResponse> bundle(RestRequest& request);
  boost::asio::awaitable<HttpResponse> style(RestRequest& request);

  const RestSurface surface_;
};

}  // namespace orc
