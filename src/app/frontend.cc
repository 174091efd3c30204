#include "app/frontend.h"

namespace orc {
namespace {

RestUseCases references_to(UseCases& u, DeliberationUseCases& d) {
  return {.authenticate = u.authenticate,
          .log_in = u.log_in,
          .register_user = u.register_user,
          .change_user = u.change_user,
          .delete_user = u.delete_user,
          .create_api_key = u.create_api_key,
          .delete_api_key = u.delete_api_key,
          .submit_jobs = u.submit_jobs,
          .job_access = u.job_access,
          .explain_job = u.explain_job,
          .await_job = u.await_job,
          .cancel_job = u.cancel_job,
          .retry_job = u.retry_job,
          .delete_job = u.delete_job,
          .upload_blob = u.upload_blob,
          .work_desk = u.work_desk,
          .drain_worker = u.drain_worker,
          .add_plugin = u.add_plugin,
          .change_plugin = u.change_plugin,
          .upload_package = u.upload_package,
          .roll_back_plugin = u.roll_back_plugin,
          .delete_plugin = u.delete_plugin,
          .execute_deliberation = d.execute,
          .deliberation_access = d.access,
          .cancel_deliberation = d.cancel};
}

// Who reaches a registry on loopback may write to it. A run that has this host's network, or is at isolation none, reaches it too, and may
// not; our own worker, which signs on after we listen, is known from the start.
RestSettings registry_settings(const Settings& settings) {
  AnonymousWriting writing = AnonymousWriting::refused;
  if (settings.registry_listen && settings.registry_listen->is_loopback()) {
    writing = settings.runs_reach_loopback() ? AnonymousWriting::refused_beside_runs : AnonymousWriting::allowed;
  }
  return {.cors_origins = settings.cors_origins, .allowed_hosts = settings.allowed_hosts, .registry_writing = writing};
}

// A process that leaves deliberations to another one does not know where their events go.
RestSettings api_settings(const Settings& settings) {
  return {.cors_origins = settings.cors_origins,
          .allowed_hosts = settings.allowed_hosts,
          .isolation = settings.isolation,
          .events_stay = settings.deliberations.runs && settings.nats_servers.empty()};
}

std::string url_of(const HttpEndpoint& endpoint) {
  const bool is_v6 = endpoint.address.contains(':');
  return "http://" + (is_v6 ? "[" + endpoint.address + "]" : endpoint.address) + ":" + std::to_string(endpoint.port);
}

std::optional<Rate> rate(std::optional<std::int64_t> count, std::chrono::nanoseconds period) {
  if (!count) return std::nullopt;
  return Rate{.count = *count, .period = period};
}

}  // namespace

Frontend::Frontend(boost::asio::io_context& io, UseCases& use_cases, DeliberationUseCases& deliberations, FrontendPorts ports,
                   const Settings& settings)
    : settings_(settings),
      access_log_(ports.log),
      api_observer_(access_log_, ports.metrics, "api"),
      registry_observer_(access_log_, ports.metrics, "registry"),
      budget_(settings.http_memory_bytes, HttpServerLimits{}.held_bytes_allowance),
      metrics_page_(ports.metrics, ports.jobs, ports.workers, ports.callbacks, ports.deliberations, ports.published_events, budget_),
      readiness_(ports.probes, ports.clock),
      failed_logins_(rate(settings.failed_logins_per_minute, std::chrono::minutes{1}), ports.clock),
      submissions_(rate(settings.submissions_per_second, std::chrono::seconds{1}), ports.clock),
      api_(RestSurface::api, references_to(use_cases, deliberations), rest_ports(ports), api_settings(settings)),
      registry_(RestSurface::registry, references_to(use_cases, deliberations), rest_ports(ports), registry_settings(settings)),
      api_server_(io, {}, budget_, api_, api_observer_),
      registry_server_(io, {}, budget_, registry_, registry_observer_) {}

RestPorts Frontend::rest_ports(const FrontendPorts& ports) {
  return {.users = ports.users,
          .api_keys = ports.api_keys,
          .jobs = ports.jobs,
          .callbacks = ports.callbacks,
          .deliberations = ports.deliberations,
          .events = ports.events,
          .event_signals = ports.event_signals,
          .plugins = ports.plugins,
          .workers = ports.workers,
          .worker_beats = ports.worker_beats,
          .blobs = ports.blobs,
          .signals = ports.signals,
          .wake_ups = ports.wake_ups,
          .clock = ports.clock,
          .access_log = access_log_,
          .parsing = ports.parsing,
          .digest = ports.digest,
          .readiness = readiness_,
          .failed_logins = failed_logins_,
          .submissions = submissions_,
          .metrics =
              [this, read_meters = ports.read_meters, &metrics = ports.metrics] {
                read_meters(metrics);
                return metrics_page_.text();
              },
          .callback_secrets = ports.callback_secrets,
          .registry = ports.registry};
}

Result<Endpoints> Frontend::start(InheritedSockets& inherited) {
  auto api = listen(api_server_, settings_.listen, inherited);
  if (!api) return pass_on(api);
  auto registry = listen(registry_server_, settings_.registry_listen, inherited);
  if (!registry) return pass_on(registry);
  return Endpoints{.api = *api, .registry = *registry, .grpc = {}};
}

Result<std::optional<std::string>> Frontend::listen(HttpServer& server, const std::optional<ListenAddress>& where,
                                                    InheritedSockets& inherited) {
  if (!where) return std::nullopt;
  auto socket = inherited.take(where->host, where->port);
  auto endpoint = socket ? server.start(std::move(*socket)) : server.start(where->host, where->port, settings_.port_use);
  if (!endpoint) return pass_on(endpoint);
  return url_of(*endpoint);
}

void Frontend::request_stop() {
  api_server_.request_stop();
  registry_server_.request_stop();
}

bool Frontend::wait(SteadyTime deadline) {
  const bool api_done = api_server_.wait(deadline);
  const bool registry_done = registry_server_.wait(deadline);
  return api_done && registry_done;
}

}  // namespace orc
