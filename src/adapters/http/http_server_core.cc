#include "adapters/http/http_server_core.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <random>
#include <string>
#include <utility>

#include "domain/assert.h"

namespace orc {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds cut_grace{500};  // for connections to notice that they were cut

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

}  // namespace

HttpServer::Core::Core(asio::io_context& io, const HttpServerLimits& limits, ByteBudget& budget, HttpHandler& handler,
                       HttpObserver& observer)
    : io_(io),
      sharing_{.limits = limits, .budget = budget, .handler = handler, .observer = observer, .request_seed = random_seed()},
      acceptor_(io),
      sweep_timer_(io),
      stop_idle_timer_(io) {}

Result<HttpEndpoint> HttpServer::Core::start(const std::string& host, std::uint16_t port, PortUse use) {
  auto bound = acceptor_.listen(host, port, use);
  if (bound) begin();
  return bound;
}

Result<HttpEndpoint> HttpServer::Core::start(FileDescriptor listening) {
  auto bound = acceptor_.adopt(std::move(listening));
  if (bound) begin();
  return bound;
}

void HttpServer::Core::begin() {
  sharing_.limits.connections_max = connections_for(sharing_.limits.connections_max);
  launch(acceptor_.accept_each([this](tcp::socket socket) { welcome(std::move(socket)); },
                               [this] { sharing_.observer.connection_cut(HttpCut::no_descriptors, ""); }));
  launch(sweep_connections());
}

void HttpServer::Core::welcome(tcp::socket socket) {
  const std::size_t most = sharing_.limits.connections_max;
  if (open_ >= most) {
    error_code error;
    const auto peer = socket.remote_endpoint(error);
    sharing_.observer.connection_cut(HttpCut::too_many_connections, error ? std::string{} : peer.address().to_string());
    if (open_ >= most + turned_away_max) return;  // the socket closes here
  }
  const Welcome welcome = open_ >= most ? Welcome::turn_away : Welcome::serve;
  ++open_;
  sharing_.observer.connections_changed(open_);
  launch(run_connection(std::move(socket), welcome));
}

asio::awaitable<void> HttpServer::Core::run_connection(tcp::socket socket, Welcome welcome) {
  HttpConnection connection(std::move(socket), sharing_);
  streams_.push_back(connection.stream());
  try {
    co_await (welcome == Welcome::serve ? connection.serve() : connection.turn_away());
  } catch (const std::exception& error) {
    sharing_.observer.handler_failed("", error.what());  // out of memory: this connection is lost, the server is not
  }
  --open_;
  sharing_.observer.connections_changed(open_);
  if (sharing_.stopping && open_ == 0) {
    sweep_timer_.cancel();
    stop_idle_timer_.cancel();
  }
}

asio::awaitable<void> HttpServer::Core::sweep_connections() {
  while (!sharing_.stopping || open_ > 0) {
    sweep_timer_.expires_after(sharing_.limits.sweep_every);
    error_code ignored;  // cancelled when the last connection has ended
    co_await sweep_timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    const auto now = std::chrono::steady_clock::now();
    for (HttpStream& stream : streams_) {
      if (const auto why = stream.judge(now)) sharing_.observer.connection_cut(*why, stream.peer_address());
    }
  }
}

void HttpServer::Core::launch(asio::awaitable<void> coroutine) { coroutines_.launch(std::move(coroutine), shared_from_this()); }

void HttpServer::Core::request_stop() {
  asio::post(io_, [self = shared_from_this()] { self->stop_on_io_thread(); });
}

void HttpServer::Core::stop_on_io_thread() {
  if (sharing_.stopping) return;
  acceptor_.close([this](tcp::socket socket) { welcome(std::move(socket)); });
  sharing_.stopping = true;
  for (HttpStream& stream : streams_) stream.give_up_body();
  if (open_ == 0)
    sweep_timer_.cancel();
  else
    launch(close_idle_connections());
}

asio::awaitable<void> HttpServer::Core::close_idle_connections() {
  co_await stay_open_for(sharing_.limits.stop_idle_grace);
  sharing_.closing_idle = true;
  cut_those_in({HttpStream::Phase::idle, HttpStream::Phase::lingering});
  co_await stay_open_for(sharing_.limits.stop_fresh_grace);
  sharing_.closing_fresh = true;
  cut_those_in({HttpStream::Phase::fresh});
}

asio::awaitable<void> HttpServer::Core::stay_open_for(std::chrono::milliseconds time) {
  if (open_ == 0) co_return;
  stop_idle_timer_.expires_after(time);
  error_code ignored;  // cancelled when the last connection has ended
  co_await stop_idle_timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

void HttpServer::Core::cut_those_in(std::initializer_list<HttpStream::Phase> phases) {
  for (HttpStream& stream : streams_) {
    if (std::ranges::find(phases, stream.phase()) != phases.end()) stream.cut(HttpCut::stopping);
  }
}

bool HttpServer::Core::wait(SteadyTime deadline) {
  request_stop();
  if (coroutines_.have_ended_by(deadline)) return true;
  asio::post(io_, [self = shared_from_this()] { self->cut_all(); });
  coroutines_.have_ended_by(std::chrono::steady_clock::now() + cut_grace);
  return false;
}

void HttpServer::Core::cut_all() {
  for (HttpStream& stream : streams_) {
    sharing_.observer.connection_cut(HttpCut::stopping, stream.peer_address());
    stream.cut(HttpCut::stopping);
    if (stream.phase() == HttpStream::Phase::handler) stream.close();
  }
}

}  // namespace orc
