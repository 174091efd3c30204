#pragma once

#include "adapters/rest/route_table.h"
#include "adapters/rest/worker_sessions.h"
#include "adapters/system/work_pool.h"

namespace orc {

// The worker protocol (docs/worker_protocol.md): for keys with scope worker, which may claim any job and read any blob.
class WorkerRoutes {
 public:
  struct Ports {
    WorkDesk& desk;
    WorkerStore& workers;
    BlobStore& blobs;
    WorkPool& parsing;  // of bodies that would hold the I/O thread
    WakeUps& wake_ups;
    Clock& clock;
    Isolation least;  // a worker below it may not sign on
  };

  explicit WorkerRoutes(Ports ports);
  void add_to(RouteTable& table);

  void end_waits() { sessions_.end_waits(); }

 private:
  boost::asio::awaitable<HttpResponse> sign_on(RestRequest& request);
  boost::asio::awaitable<HttpResponse> beat(RestRequest& request);
  boost::asio::awaitable<HttpResponse> claim(RestRequest& request);
  boost::asio::awaitable<HttpResponse> report(RestRequest& request);
  boost::asio::awaitable<HttpResponse> finish(RestRequest& request);
  boost::asio::awaitable<HttpResponse> sign_off(RestRequest& request);
  boost::asio::awaitable<HttpResponse> get_blob(RestRequest& request);
  boost::asio::awaitable<HttpResponse> put_blob(RestRequest& request);

  BlobStore& blobs_;
  WorkPool& parsing_;
  const Isolation least_;
  WorkerSessions sessions_;
};

}  // namespace orc
