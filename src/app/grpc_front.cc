#include "app/grpc_front.h"

#include <boost/asio/post.hpp>

namespace orc {

Result<std::unique_ptr<GrpcFront>> GrpcFront::create(boost::asio::io_context& io, DeliberationUseCases& use_cases, EventLog& log,
                                                     Metrics& metrics, const DeliberationSettings& settings) {
  std::optional<TlsIdentity> identity;
  if (settings.speaks_tls()) {
    auto loaded = TlsIdentity::load(settings.grpc_certificate, settings.grpc_key, "h2");
    if (!loaded) return pass_on(loaded);
    identity.emplace(std::move(*loaded));
  }
  return std::unique_ptr<GrpcFront>(new GrpcFront(io, use_cases, log, metrics, settings, std::move(identity)));
}

GrpcFront::GrpcFront(boost::asio::io_context& io, DeliberationUseCases& use_cases, EventLog& log, Metrics& metrics,
                     const DeliberationSettings& settings, std::optional<TlsIdentity> identity)
    : io_(io),
      where_(settings.grpc_listen),
      identity_(std::move(identity)),
      access_log_(log),
      observer_(access_log_, metrics),
      executor_({.execute = use_cases.execute,
                 .execute_review = use_cases.execute_review,
                 .get_status = use_cases.get_status,
                 .get_stats = use_cases.get_stats,
                 .get_active_jobs = use_cases.get_active_jobs}),
      health_(io.get_executor()),
      reflection_({RayExecutorService::name, "grpc.health.v1.Health"}),
      budget_(limits_.held_bytes_max, limits_.held_bytes_allowance),
      server_(io, limits_, budget_, methods_, observer_, {.token = settings.grpc_token, .tls = identity_ ? &*identity_ : nullptr}) {
  executor_.add_to(methods_);
  health_.add_to(methods_);
  reflection_.add_to(methods_);
  for (const char* service : {"", RayExecutorService::name}) health_.set(service, HealthService::Serving::yes);
}

Result<std::optional<std::string>> GrpcFront::start(InheritedSockets& inherited, PortUse port_use) {
  if (!where_) return std::nullopt;
  auto socket = inherited.take(where_->host, where_->port);
  auto endpoint = socket ? server_.start(std::move(*socket)) : server_.start(where_->host, where_->port, port_use);
  if (!endpoint) return pass_on(endpoint);
  const bool is_v6 = endpoint->address.contains(':');
  return (is_v6 ? "[" + endpoint->address + "]" : endpoint->address) + ":" + std::to_string(endpoint->port);
}

void GrpcFront::request_stop() {
  boost::asio::post(io_, [this] { health_.set_all(HealthService::Serving::no); });
  server_.request_stop();
}

}  // namespace orc
