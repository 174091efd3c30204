#include "adapters/http/http_server_core.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <random>
#include <string>
#include <sys/resource.h>
#include <utility>

#include "domain/assert.h"

namespace orc {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::size_t turned_away_max = 64;          // connections above connections_max that get a 503; further ones are closed at once
constexpr std::size_t descriptors_for_others = 256;  // databases, plugins, logs
constexpr int accept_batch = 64;                     // newcomers before other connections get their turn
constexpr std::chrono::milliseconds accept_pause{100};
constexpr std::chrono::milliseconds cut_grace{500};  // for connections to notice that they were cut

std::uint64_t random_seed() {
  std::random_device device;
  return (std::uint64_t{device()} << 32) | device();
}

std::size_t connections_for(std::size_t wanted) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY) return wanted;
  const auto available = static_cast<std::size_t>(files.rlim_cur);
  const std::size_t reserved = std::min(descriptors_for_others, available / 2) + turned_away_max;
  return std::min(wanted, std::max<std::size_t>(available - std::min(available, reserved), 1));
}

Result<asio::ip::address> address_of(const std::string& host) {
  if (host == "localhost") return asio::ip::address{asio::ip::address_v4::loopback()};
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  error_code error;
  const auto address = asio::ip::make_address(bracketed ? host.substr(1, host.size() - 2) : host, error);
  if (error)
    return fail(ErrorCode::invalid_argument, "cannot listen on \"" + host + "\": give an IPv4 or IPv6 address, such as 127.0.0.1 or ::");
  return address;
}

}  // namespace

HttpServer::Core::Core(asio::io_context& io, const HttpServerLimits& limits, ByteBudget& budget, HttpHandler& handler,
                       HttpObserver& observer)
    : io_(io),
      sharing_{.limits = limits, .budget = budget, .handler = handler, .observer = observer, .request_seed = random_seed()},
      acceptor_(io),
      sweep_timer_(io),
      accept_pause_(io),
      stop_idle_timer_(io) {}

Result<HttpEndpoint> HttpServer::Core::start(const std::string& host, std::uint16_t port, PortUse use) {
  ORC_ASSERT(!acceptor_.is_open());
  auto address = address_of(host);
  if (!address) return pass_on(address);
  auto bound = listen_on(tcp::endpoint{*address, port}, use);
  if (!bound) return pass_on(bound);
  return begin(*bound);
}

Result<HttpEndpoint> HttpServer::Core::start(FileDescriptor listening) {
  ORC_ASSERT(!acceptor_.is_open());
  error_code error;
  sockaddr_storage where{};
  socklen_t size = sizeof where;
  if (::getsockname(listening.get(), reinterpret_cast<sockaddr*>(&where), &size) != 0) error = {errno, boost::system::system_category()};
  if (!error) acceptor_.assign(where.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), listening.get(), error);
  if (!error) {
    listening.release();
    acceptor_.non_blocking(true, error);
  }
  const tcp::endpoint bound = error ? tcp::endpoint{} : acceptor_.local_endpoint(error);
  if (error) return fail(ErrorCode::unavailable, "cannot accept on the socket that was handed over: " + error.message());
  return begin(bound);
}

HttpEndpoint HttpServer::Core::begin(const tcp::endpoint& bound) {
  sharing_.limits.connections_max = connections_for(sharing_.limits.connections_max);
  launch(accept_connections());
  launch(sweep_connections());
  return {bound.address().to_string(), bound.port()};
}

Result<tcp::endpoint> HttpServer::Core::listen_on(const tcp::endpoint& endpoint, PortUse use) {
  using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
  error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error && use == PortUse::shared) acceptor_.set_option(ReusePort(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) acceptor_.non_blocking(true, error);
  if (!error) {
    const tcp::endpoint bound = acceptor_.local_endpoint(error);
    if (!error) return bound;
  }
  error_code ignored;  // the first error is the one to tell
  acceptor_.close(ignored);
  const std::string place = endpoint.address().to_string() + " port " + std::to_string(endpoint.port());
  return fail(ErrorCode::unavailable, "cannot listen on " + place + ": " + error.message() + "; is another server running there?");
}

// Waits before it accepts: the kernel reports a missing descriptor even if nobody is there to be accepted, which would spin.
asio::awaitable<void> HttpServer::Core::accept_connections() {
  while (!sharing_.stopping) {
    error_code error;
    co_await acceptor_.async_wait(tcp::acceptor::wait_read, asio::redirect_error(asio::use_awaitable, error));
    for (int i = 0; i < accept_batch && !error && !sharing_.stopping; ++i) {
      tcp::socket socket = acceptor_.accept(error);
      if (!error) welcome(std::move(socket));
    }
    const bool nobody_left = !error || error == asio::error::would_block || error == asio::error::connection_aborted;
    if (!nobody_left && !sharing_.stopping) co_await recover_from(error);
  }
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

// Out of descriptors or memory: the waiting client is told by a close, and nothing spins.
asio::awaitable<void> HttpServer::Core::recover_from(error_code error) {
  const bool no_descriptor = error == asio::error::no_descriptors || error == boost::system::errc::too_many_files_open_in_system;
  if (no_descriptor) {
    sharing_.observer.connection_cut(HttpCut::no_descriptors, "");
    if (spare_.give_up()) {
      error_code ignored;  // the client may have left meanwhile
      tcp::socket unwanted = acceptor_.accept(ignored);
      unwanted.close(ignored);
      spare_.take();
      co_return;
    }
    spare_.take();
  }
  accept_pause_.expires_after(accept_pause);
  error_code ignored;  // cancelled when the server stops
  co_await accept_pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
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

void HttpServer::Core::launch(asio::awaitable<void> coroutine) {
  {
    const std::scoped_lock lock(mutex_);
    ++running_;
  }
  asio::co_spawn(io_, std::move(coroutine),
                 [self = shared_from_this()](const std::exception_ptr& failure) { self->coroutine_ended(failure); });
}

void HttpServer::Core::coroutine_ended(const std::exception_ptr& failure) {
  if (failure) std::rethrow_exception(failure);  // a fault of ours: it leaves io_context::run()
  const std::scoped_lock lock(mutex_);
  --running_;
  if (running_ == 0) ended_.notify_all();
}

void HttpServer::Core::request_stop() {
  asio::post(io_, [self = shared_from_this()] { self->stop_on_io_thread(); });
}

void HttpServer::Core::stop_on_io_thread() {
  if (sharing_.stopping) return;
  if (acceptor_.is_open()) accept_waiting();
  sharing_.stopping = true;
  error_code ignored;  // an acceptor that never opened has nothing to close
  acceptor_.close(ignored);
  accept_pause_.cancel();
  for (HttpStream& stream : streams_) stream.give_up_body();
  if (open_ == 0)
    sweep_timer_.cancel();
  else
    launch(close_idle_connections());
}

// Whoever is connected already is answered: the kernel resets those whom nobody accepted when the socket is closed.
void HttpServer::Core::accept_waiting() {
  error_code error;
  for (int i = 0; i < accept_batch && !error; ++i) {
    tcp::socket socket = acceptor_.accept(error);
    if (!error) welcome(std::move(socket));
  }
}

asio::awaitable<void> HttpServer::Core::close_idle_connections() {
  stop_idle_timer_.expires_after(sharing_.limits.stop_idle_grace);
  error_code ignored;  // cancelled when the last connection has ended
  if (open_ > 0) co_await stop_idle_timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  sharing_.closing_idle = true;
  for (HttpStream& stream : streams_) {
    if (stream.phase() == HttpStream::Phase::idle || stream.phase() == HttpStream::Phase::lingering) stream.cut(HttpCut::stopping);
  }
}

bool HttpServer::Core::wait(SteadyTime deadline) {
  request_stop();
  const auto all_ended = [this] { return running_ == 0; };
  std::unique_lock lock(mutex_);
  if (ended_.wait_until(lock, deadline, all_ended)) return true;
  lock.unlock();
  asio::post(io_, [self = shared_from_this()] { self->cut_all(); });
  lock.lock();
  ended_.wait_for(lock, cut_grace, all_ended);
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
