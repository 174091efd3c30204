#include "adapters/grpc/grpc_server_core.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

namespace orc {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds cut_grace{500};  // for connections to notice that they were cut

}  // namespace

GrpcServer::Core::Core(asio::io_context& io, const GrpcLimits& limits, ByteBudget& budget, const MethodTable& methods,
                       GrpcObserver& observer, GrpcSecurity security)
    : io_(io),
      tls_(security.tls),
      sharing_{.limits = limits,
               .budget = budget,
               .methods = methods,
               .observer = observer,
               .token = std::move(security.token),
               .executor = io.get_executor(),
               .deadlines = CallDeadlines(io.get_executor()),
               .launch = [this](asio::awaitable<void> coroutine) { launch(std::move(coroutine)); }},
      acceptor_(io),
      sweep_timer_(io),
      stop_timer_(io) {}

Result<HttpEndpoint> GrpcServer::Core::start(const std::string& host, std::uint16_t port, PortUse use) {
  auto bound = acceptor_.listen(host, port, use);
  if (bound) begin();
  return bound;
}

Result<HttpEndpoint> GrpcServer::Core::start(FileDescriptor listening) {
  auto bound = acceptor_.adopt(std::move(listening));
  if (bound) begin();
  return bound;
}

void GrpcServer::Core::begin() {
  sharing_.limits.connections_max = connections_for(sharing_.limits.connections_max);
  launch(acceptor_.accept_each([this](tcp::socket socket) { welcome(std::move(socket)); },
                               [this] { sharing_.observer.connection_cut(GrpcCut::no_descriptors, ""); }));
  launch(sweep_connections());
}

void GrpcServer::Core::welcome(tcp::socket socket) {
  if (open_ >= sharing_.limits.connections_max) {
    error_code error;
    const auto peer = socket.remote_endpoint(error);
    sharing_.observer.connection_cut(GrpcCut::too_many_connections, error ? std::string{} : peer.address().to_string());
    return;  // the socket closes here
  }
  ++open_;
  sharing_.observer.connections_changed(open_);
  launch(run_connection(std::move(socket)));
}

asio::awaitable<void> GrpcServer::Core::run_connection(tcp::socket socket) {
  try {
    const auto connection = std::make_shared<GrpcConnection>(std::move(socket), sharing_, arrival_, tls_);
    connections_.push_back(*connection);
    co_await connection->serve();
    connection->unlink();  // a wait that was cut may keep it a little longer
  } catch (const std::exception& error) {
    sharing_.observer.handler_failed("", error.what());  // out of memory: this connection is lost, the server is not
  }
  --open_;
  sharing_.observer.connections_changed(open_);
  stop_timers_if_done();
}

asio::awaitable<void> GrpcServer::Core::sweep_connections() {
  while (!sharing_.stopping || open_ > 0) {
    sweep_timer_.expires_after(sharing_.limits.sweep_every);
    error_code ignored;  // cancelled when the last connection has ended
    co_await sweep_timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    const auto now = std::chrono::steady_clock::now();
    for (GrpcConnection& connection : connections_) connection.judge(now);
  }
}

void GrpcServer::Core::launch(asio::awaitable<void> coroutine) { coroutines_.launch(std::move(coroutine), shared_from_this()); }

void GrpcServer::Core::request_stop() {
  asio::post(io_, [self = shared_from_this()] { self->stop_on_io_thread(); });
}

void GrpcServer::Core::stop_on_io_thread() {
  if (sharing_.stopping) return;
  acceptor_.close([this](tcp::socket socket) { welcome(std::move(socket)); });
  sharing_.stopping = true;
  for (GrpcConnection& connection : connections_) connection.announce_stop();
  stop_timers_if_done();
  if (open_ > 0) launch(refuse_calls_soon());
}

asio::awaitable<void> GrpcServer::Core::refuse_calls_soon() {
  stop_timer_.expires_after(sharing_.limits.stop_grace);
  error_code ignored;  // cancelled when the last connection has ended
  co_await stop_timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  for (GrpcConnection& connection : connections_) connection.refuse_calls();
}

void GrpcServer::Core::stop_timers_if_done() {
  if (!sharing_.stopping || open_ > 0) return;
  sweep_timer_.cancel();
  stop_timer_.cancel();
  sharing_.deadlines.stop();
}

bool GrpcServer::Core::wait(SteadyTime deadline) {
  request_stop();
  if (coroutines_.have_ended_by(deadline)) return true;
  asio::post(io_, [self = shared_from_this()] { self->cut_all(); });
  coroutines_.have_ended_by(std::chrono::steady_clock::now() + cut_grace);
  return false;
}

void GrpcServer::Core::cut_all() {
  for (GrpcConnection& connection : connections_) connection.cut(GrpcCut::stopping);
}

}  // namespace orc
