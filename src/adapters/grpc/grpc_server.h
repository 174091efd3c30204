#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "adapters/crypto/tls_session.h"
#include "adapters/grpc/grpc_limits.h"
#include "adapters/grpc/grpc_observer.h"
#include "adapters/grpc/method_table.h"
#include "adapters/http/byte_budget.h"
#include "adapters/http/http_server.h"
#include "adapters/system/file_descriptor.h"
#include "domain/result.h"
#include "domain/time.h"

namespace boost::asio {
class io_context;
}

namespace orc {

// What a server asks of its clients.
struct GrpcSecurity {
  std::string token;                 // empty: none is asked for; GrpcAccess says where it is
  const TlsIdentity* tls = nullptr;  // null: connections are in the clear (h2c with prior knowledge). Must outlive the server.
};

// GrpcServer answers gRPC calls ("gRPC over HTTP2") with the handlers of a MethodTable. The io_context must be run by exactly one thread,
// and outlive the server; more cores are used by more servers, not more threads. start() is called before or on that thread, the
// destructor after it has ended or after wait() returned true.
class GrpcServer {
 public:
  // All that is passed must outlive the server and everything that still runs in `io`. `budget` bounds the messages of all connections
  // together, with those of other servers that share it.
  GrpcServer(boost::asio::io_context& io, const GrpcLimits& limits, ByteBudget& budget, const MethodTable& methods, GrpcObserver& observer,
             GrpcSecurity security);
  ~GrpcServer();
  GrpcServer(const GrpcServer&) = delete;
  GrpcServer& operator=(const GrpcServer&) = delete;

  // As HttpServer::start().
  Result<HttpEndpoint> start(const std::string& host, std::uint16_t port, PortUse use = PortUse::alone);
  Result<HttpEndpoint> start(FileDescriptor listening);

  // Stops accepting and says so to every client (GOAWAY). Calls of one answer that are open, or arrive within `stop_grace`, are answered;
  // streaming ones end with UNAVAILABLE. Any thread, safe twice.
  void request_stop();

  // Blocks until every connection and every handler has ended, or until the deadline, at which the remaining ones are cut. True if none
  // had to be cut. Not to be called on the I/O thread, which must be running. Calls request_stop() itself.
  bool wait(SteadyTime deadline);

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace orc
