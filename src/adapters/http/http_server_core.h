#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/intrusive/list.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "adapters/http/http_connection.h"
#include "adapters/http/http_server.h"
#include "adapters/http/running_coroutines.h"
#include "adapters/http/tcp_acceptor.h"

namespace orc {

// The coroutines of one server: one that accepts, one that sweeps, one per connection. Each keeps the core alive.
class HttpServer::Core : public std::enable_shared_from_this<HttpServer::Core> {
 public:
  Core(boost::asio::io_context& io, const HttpServerLimits& limits, ByteBudget& budget, HttpHandler& handler, HttpObserver& observer);

  Result<HttpEndpoint> start(const std::string& host, std::uint16_t port, PortUse use);
  Result<HttpEndpoint> start(FileDescriptor listening);
  void request_stop();
  bool wait(SteadyTime deadline);

 private:
  boost::asio::awaitable<void> sweep_connections();
  boost::asio::awaitable<void> close_idle_connections();
  boost::asio::awaitable<void> stay_open_for(std::chrono::milliseconds time);
  void cut_those_in(std::initializer_list<HttpStream::Phase> phases);
  enum class Welcome { serve, turn_away };
  boost::asio::awaitable<void> run_connection(boost::asio::ip::tcp::socket socket, Welcome welcome);

  void begin();
  void welcome(boost::asio::ip::tcp::socket socket);
  void launch(boost::asio::awaitable<void> coroutine);
  void stop_on_io_thread();
  void cut_all();

  boost::asio::io_context& io_;

  // I/O thread only.
  HttpSharing sharing_;
  TcpAcceptor acceptor_;
  boost::asio::steady_timer sweep_timer_;
  boost::asio::steady_timer stop_idle_timer_;
  std::size_t open_ = 0;
  boost::intrusive::list<HttpStream, boost::intrusive::constant_time_size<false>> streams_;  // of every open connection

  RunningCoroutines coroutines_{io_};
};

}  // namespace orc
