#pragma once

#include <boost/asio/io_context.hpp>
#include <functional>

#include "adapters/http/http_server.h"
#include "adapters/metrics/measured_requests.h"
#include "adapters/metrics/metrics_page.h"
#include "adapters/rest/rest_api.h"
#include "adapters/system/inherited_sockets.h"
#include "app/deliberation_use_cases.h"
#include "app/server_files.h"
#include "app/settings.h"
#include "app/use_cases.h"

namespace orc {

// What the frontend reads and counts with. All outlive it.
struct FrontendPorts {
  UserStore& users;
  ApiKeyStore& api_keys;
  JobReader& jobs;
  CallbackStore& callbacks;
  DeliberationStore& deliberations;
  EventOutbox& events;
  EventSignals& event_signals;
  PluginReader& plugins;
  WorkerStore& workers;
  const WorkerBeats& worker_beats;
  BlobStore& blobs;
  JobSignals& signals;
  WakeUps& wake_ups;
  Clock& clock;
  WorkPool& parsing;
  Digest& digest;
  EventLog& log;
  Metrics& metrics;
  EventOutbox* published_events;              // by this process; null: it publishes none
  std::function<void(Metrics&)> read_meters;  // called before the metrics are told
  std::vector<ReadinessProbe*> probes;        // in the order shown
  const CallbackSecrets& callback_secrets;
  RegistryElsewhere registry;  // empty: plugins are our own
};

// Frontend is the REST API and the plugin registry on their listeners. Made, started and stopped by one thread that is not the
// io_context's.
class Frontend {
 public:
  Frontend(boost::asio::io_context& io, UseCases& use_cases, DeliberationUseCases& deliberations, FrontendPorts ports,
           const Settings& settings);

  // Listens where the settings say, on a socket of `inherited` where one fits. Errors: unavailable and invalid_argument, naming the
  // address.
  Result<Endpoints> start(InheritedSockets& inherited);

  // Answers the requests that wait for something, and later ones at once. On the io_context's thread.
  void end_waits() { api_.end_waits(); }

  // No new connection, no new request on an idle one. Safe twice.
  void request_stop();

  // Blocks until what was asked is answered; true if nothing had to be cut at `deadline`.
  bool wait(SteadyTime deadline);

 private:
  RestPorts rest_ports(const FrontendPorts& ports);
  Result<std::optional<std::string>> listen(HttpServer& server, const std::optional<ListenAddress>& where, InheritedSockets& inherited);

  const Settings& settings_;
  AccessLog access_log_;
  MeasuredRequests api_observer_;
  MeasuredRequests registry_observer_;
  ByteBudget budget_;  // of both listeners
  MetricsPage metrics_page_;
  ReadinessChecks readiness_;
  RateLimiter failed_logins_;
  RateLimiter submissions_;
  RestApi api_;
  RestApi registry_;
  HttpServer api_server_;
  HttpServer registry_server_;
};

}  // namespace orc
