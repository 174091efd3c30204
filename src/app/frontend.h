#pragma once

#include <boost/asio/io_context.hpp>

#include "adapters/http/http_server.h"
#include "adapters/metrics/measured_requests.h"
#include "adapters/metrics/metrics_page.h"
#include "adapters/rest/rest_api.h"
#include "app/server_files.h"
#include "app/settings.h"
#include "app/use_cases.h"

namespace orc {

// What the frontend reads and counts with. All outlive it.
struct FrontendPorts {
  UserStore& users;
  ApiKeyStore& api_keys;
  JobReader& jobs;
  PluginReader& plugins;
  WorkerStore& workers;
  WorkPool& parsing;
  EventLog& log;
  Metrics& metrics;
  std::vector<ReadinessProbe*> probes;
};

// Frontend is the REST API and the plugin registry on their listeners. Made, started and stopped by one thread that is not the
// io_context's.
class Frontend {
 public:
  Frontend(boost::asio::io_context& io, UseCases& use_cases, FrontendPorts ports, const Settings& settings);

  // Listens where the settings say. Errors: unavailable and invalid_argument, naming the address.
  Result<Endpoints> start();

  // No new connection, no new request on an idle one. Safe twice.
  void request_stop();

  // Blocks until what was asked is answered; true if nothing had to be cut at `deadline`.
  bool wait(SteadyTime deadline);

 private:
  const Settings& settings_;
  AccessLog access_log_;
  MeasuredRequests api_observer_;
  MeasuredRequests registry_observer_;
  MetricsPage metrics_page_;
  RestApi api_;
  RestApi registry_;
  HttpServer api_server_;
  HttpServer registry_server_;
};

}  // namespace orc
