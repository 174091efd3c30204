// orc_grpc_probe [TOKEN [CERTIFICATE KEY]]: serves gRPC on a free port of 127.0.0.1, prints that port, and stops when its standard input
// ends.
#include <boost/asio/io_context.hpp>
#include <chrono>
#include <iostream>
#include <optional>
#include <string>
#include <thread>

#include "adapters/grpc/grpc_server.h"
#include "adapters/grpc/health_service.h"
#include "adapters/grpc/ray_executor_service.h"
#include "adapters/grpc/reflection_service.h"
#include "adapters/system/system_clock.h"
#include "tests/fakes/fake_deliberation_parts.h"
#include "tests/fakes/fake_random.h"
#include "tests/fakes/memory_deliberation_store.h"

namespace orc {
namespace {

class SilentObserver final : public GrpcObserver {
 public:
  void call_finished(const FinishedGrpcCall&) override {}
  void connections_changed(std::size_t) override {}
  void connection_cut(GrpcCut, std::string_view) override {}
  void handler_failed(std::string_view method, std::string_view what) override { std::cerr << method << ": " << what << '\n'; }
};

int serve(GrpcSecurity security) {
  boost::asio::io_context io;
  SystemClock clock;
  MemoryState state{clock};
  MemoryDeliberationStore store{state};
  ClosedModel model;
  RecordingDeliberationSignals signals;
  FakeRandom random;
  ExecuteDeliberation execute{{.store = store, .model = model, .signals = signals, .clock = clock, .random = random}};
  ExecuteBacklogReviewDeliberation execute_review{execute};
  GetDeliberationStatus get_status{store};
  GetStats get_stats{store, clock};
  GetActiveJobs get_active{store, clock};

  RayExecutorService service{{.execute = execute,
                              .execute_review = execute_review,
                              .get_status = get_status,
                              .get_stats = get_stats,
                              .get_active_jobs = get_active}};
  HealthService health{io.get_executor()};
  ReflectionService reflection{{RayExecutorService::name, "grpc.health.v1.Health"}};
  MethodTable methods;
  service.add_to(methods);
  health.add_to(methods);
  reflection.add_to(methods);
  for (const char* served : {"", RayExecutorService::name}) health.set(served, HealthService::Serving::yes);

  const GrpcLimits limits;
  ByteBudget budget{limits.held_bytes_max, limits.held_bytes_allowance};
  SilentObserver observer;
  GrpcServer server{io, limits, budget, methods, observer, std::move(security)};
  const auto endpoint = server.start("127.0.0.1", 0);
  if (!endpoint) {
    std::cerr << endpoint.error().message << '\n';
    return 1;
  }
  std::cout << endpoint->port << std::endl;
  std::thread loop([&io] { io.run(); });
  std::string ignored;
  while (std::getline(std::cin, ignored)) {}
  const bool all_ended = server.wait(std::chrono::steady_clock::now() + std::chrono::seconds(10));
  loop.join();
  return all_ended ? 0 : 1;
}

}  // namespace
}  // namespace orc

int main(int count, char** arguments) {
  orc::GrpcSecurity security;
  if (count > 1) security.token = arguments[1];
  std::optional<orc::TlsIdentity> identity;
  if (count > 3) {
    auto loaded = orc::TlsIdentity::load(arguments[2], arguments[3], "h2");
    if (!loaded) {
      std::cerr << loaded.error().message << '\n';
      return 1;
    }
    identity.emplace(std::move(*loaded));
    security.tls = &*identity;
  }
  return orc::serve(std::move(security));
}
