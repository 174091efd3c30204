#pragma once

#include "adapters/rest/rest_ports.h"
#include "adapters/rest/route_table.h"

namespace orc {

// Who runs plugins just now, and whether they are given more; for administrators. What workers themselves say is in worker_routes.h.
class WorkerListRoutes {
 public:
  WorkerListRoutes(const RestUseCases& use_cases, const RestPorts& ports)
      : drain_(use_cases.drain_worker), workers_(ports.workers), jobs_(ports.jobs), beats_(ports.worker_beats), clock_(ports.clock) {}
  void add_to(RouteTable& table);

 private:
  struct Shown;

  boost::asio::awaitable<HttpResponse> list(RestRequest& request);
  boost::asio::awaitable<HttpResponse> drain(RestRequest& request);
  boost::asio::awaitable<HttpResponse> resume(RestRequest& request);
  boost::asio::awaitable<HttpResponse> set_intake(RestRequest& request, WorkerIntake intake);
  Async<std::vector<Shown>> all();
  static void write(JsonWriter& json, const Shown& shown);

  DrainWorker& drain_;
  WorkerStore& workers_;
  JobReader& jobs_;
  const WorkerBeats& beats_;
  Clock& clock_;
};

}  // namespace orc
