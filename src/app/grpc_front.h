#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>

#include "adapters/grpc/grpc_access_log.h"
#include "adapters/grpc/grpc_server.h"
#include "adapters/grpc/health_service.h"
#include "adapters/grpc/ray_executor_service.h"
#include "adapters/grpc/reflection_service.h"
#include "adapters/metrics/measured_grpc_calls.h"
#include "adapters/system/inherited_sockets.h"
#include "app/deliberation_settings.h"
#include "app/deliberation_use_cases.h"

namespace orc {

// GrpcFront is the gRPC service on its listener: deliberations, health and reflection. Made, started and stopped by one thread that is not
// the io_context's.
class GrpcFront {
 public:
  // All outlive it. Errors: invalid_argument, if the certificate or its key cannot be used.
  static Result<std::unique_ptr<GrpcFront>> create(boost::asio::io_context& io, DeliberationUseCases& use_cases, EventLog& log,
                                                   Metrics& metrics, const DeliberationSettings& settings);

  // Listens where the settings say, on a socket of `inherited` if one fits; gives host:port, or nothing if it is off. Errors: as
  // HttpServer::start().
  Result<std::optional<std::string>> start(InheritedSockets& inherited, PortUse port_use);

  // No new connection and no new call. Safe twice.
  void request_stop();

  // As Frontend::wait().
  bool wait(SteadyTime deadline) { return server_.wait(deadline); }

 private:
  GrpcFront(boost::asio::io_context& io, DeliberationUseCases& use_cases, EventLog& log, Metrics& metrics,
            const DeliberationSettings& settings, std::optional<TlsIdentity> identity);

  boost::asio::io_context& io_;
  const std::optional<ListenAddress> where_;
  const std::optional<TlsIdentity> identity_;
  GrpcAccessLog access_log_;
  MeasuredGrpcCalls observer_;
  RayExecutorService executor_;
  HealthService health_;
  ReflectionService reflection_;
  MethodTable methods_;
  const GrpcLimits limits_;
  ByteBudget budget_;
  GrpcServer server_;
};

}  // namespace orc
