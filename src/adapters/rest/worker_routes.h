#pragma once

#include "adapters/rest/rest_ports.h"
#include "adapters/rest/route_table.h"
#include "adapters/rest/worker_sessions.h"

namespace orc {

// The worker protocol (docs/worker_protocol.md): for keys with scope worker, which may claim any job and read any blob.
class WorkerRoutes {
 public:
  WorkerRoutes(const RestUseCases& use_cases, const RestPorts& ports);
  void add_to(RouteTable& table);

  void end_waits() { sessions_.end_waits(); }

 private:
  boost::asio::awaitable<HttpResponse> sign_on(RestRequest& request);
  boost::asio::awaitable<HttpResponse> beat(RestRequest& request);
  boost::asio::awaitable<HttpResponse> claim(RestRequest& request);
  boost::asio::awaitable<HttpResponse> finish(RestRequest& request);
  boost::asio::awaitable<HttpResponse> sign_off(RestRequest& request);
  boost::asio::awaitable<HttpResponse> get_blob(RestRequest& request);
  boost::asio::awaitable<HttpResponse> put_blob(RestRequest& request);

  BlobStore& blobs_;
  WorkPool& parsing_;
  WorkerSessions sessions_;
};

}  // namespace orc
