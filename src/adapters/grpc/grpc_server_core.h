#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <memory>
#include <string>

#include "adapters/grpc/grpc_connection.h"
#include "adapters/grpc/grpc_server.h"
#include "adapters/grpc/grpc_sharing.h"
#include "adapters/http/running_coroutines.h"
#include "adapters/http/tcp_acceptor.h"

namespace orc {

// The coroutines of one server: one that accepts, one that sweeps, one per connection, one per handler. Each keeps the core alive.
class GrpcServer::Core : public std::enable_shared_from_this<GrpcServer::Core> {
 public:
  Core(boost::asio::io_context& io, const GrpcLimits& limits, ByteBudget& budget, const MethodTable& methods, GrpcObserver& observer,
       GrpcSecurity security);

  Result<HttpEndpoint> start(const std::string& host, std::uint16_t port, PortUse use);
  Result<HttpEndpoint> start(FileDescriptor listening);
  void request_stop();
  bool wait(SteadyTime deadline);

 private:
  void begin();
  void welcome(boost::asio::ip::tcp::socket socket);
  boost::asio::awaitable<void> run_connection(boost::asio::ip::tcp::socket socket);
  boost::asio::awaitable<void> sweep_connections();
  boost::asio::awaitable<void> refuse_calls_soon();
  void launch(boost::asio::awaitable<void> coroutine);
  void stop_on_io_thread();
  void stop_timers_if_done();
  void cut_all();

  boost::asio::io_context& io_;
  const TlsIdentity* const tls_;

  // I/O thread only.
  GrpcSharing sharing_;
  GrpcArrival arrival_{};
  TcpAcceptor acceptor_;
  boost::asio::steady_timer sweep_timer_;
  boost::asio::steady_timer stop_timer_;
  std::size_t open_ = 0;
  boost::intrusive::list<GrpcConnection, boost::intrusive::constant_time_size<false>> connections_;  // that are open

  RunningCoroutines coroutines_{io_};
};

}  // namespace orc
