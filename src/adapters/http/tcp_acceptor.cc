#include "adapters/http/tcp_acceptor.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <utility>

#include "domain/assert.h"

namespace orc {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::size_t descriptors_for_others = 256;  // databases, plugins, logs
constexpr int batch_size = 64;                       // newcomers before other connections get their turn
constexpr std::chrono::milliseconds accept_pause{100};

// A process that was killed as it began a child is gone before the child has closed what it was born with, our port among it.
constexpr std::chrono::milliseconds port_given_up_max{1000};
constexpr std::chrono::milliseconds port_look_pause{20};

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

std::size_t connections_for(std::size_t wanted) {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY) return wanted;
  const auto available = static_cast<std::size_t>(files.rlim_cur);
  const std::size_t reserved = std::min(descriptors_for_others, available / 2) + turned_away_max;
  return std::min(wanted, std::max<std::size_t>(available - std::min(available, reserved), 1));
}

Result<HttpEndpoint> TcpAcceptor::listen(const std::string& host, std::uint16_t port, PortUse use) {
  ORC_ASSERT(!acceptor_.is_open());
  auto address = address_of(host);
  if (!address) return pass_on(address);
  const tcp::endpoint endpoint{*address, port};
  const auto deadline = std::chrono::steady_clock::now() + port_given_up_max;
  error_code error = listen_on(endpoint, use);
  while (error == asio::error::address_in_use && std::chrono::steady_clock::now() < deadline) {
    ::poll(nullptr, 0, static_cast<int>(port_look_pause.count()));
    error = listen_on(endpoint, use);
  }
  const tcp::endpoint bound = error ? tcp::endpoint{} : acceptor_.local_endpoint(error);
  if (!error) return HttpEndpoint{bound.address().to_string(), bound.port()};
  const std::string place = endpoint.address().to_string() + " port " + std::to_string(endpoint.port());
  return fail(ErrorCode::unavailable, "cannot listen on " + place + ": " + error.message() + "; is another server running there?");
}

Result<HttpEndpoint> TcpAcceptor::adopt(FileDescriptor listening) {
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
  return HttpEndpoint{bound.address().to_string(), bound.port()};
}

error_code TcpAcceptor::listen_on(const tcp::endpoint& endpoint, PortUse use) {
  using ReusePort = asio::detail::socket_option::boolean<SOL_SOCKET, SO_REUSEPORT>;
  error_code error;
  acceptor_.open(endpoint.protocol(), error);
  if (!error && ::fcntl(acceptor_.native_handle(), F_SETFD, FD_CLOEXEC) != 0) error = {errno, boost::system::system_category()};
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error && use == PortUse::shared) acceptor_.set_option(ReusePort(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(asio::socket_base::max_listen_connections, error);
  if (!error) acceptor_.non_blocking(true, error);
  error_code ignored;  // the first error is the one to tell
  if (error) acceptor_.close(ignored);
  return error;
}

// Waits before it accepts: the kernel reports a missing descriptor even if nobody is there to be accepted, which would spin.
asio::awaitable<void> TcpAcceptor::accept_each(Welcome welcome, std::function<void()> out_of_descriptors) {
  while (!closed_) {
    error_code error;
    co_await acceptor_.async_wait(tcp::acceptor::wait_read, asio::redirect_error(asio::use_awaitable, error));
    if (!error && !closed_) error = accept_batch(welcome);
    const bool nobody_left = !error || error == asio::error::would_block || error == asio::error::connection_aborted;
    if (!nobody_left && !closed_) co_await recover_from(error, out_of_descriptors);
  }
}

error_code TcpAcceptor::accept_batch(const Welcome& welcome) {
  error_code error;
  for (int i = 0; i < batch_size && !error; ++i) {
    tcp::socket socket = acceptor_.accept(error);
    if (!error) welcome(std::move(socket));
  }
  return error;
}

// Out of descriptors or memory: the waiting client is told by a close, and nothing spins.
asio::awaitable<void> TcpAcceptor::recover_from(error_code error, const std::function<void()>& out_of_descriptors) {
  const bool no_descriptor = error == asio::error::no_descriptors || error == boost::system::errc::too_many_files_open_in_system;
  if (no_descriptor) {
    out_of_descriptors();
    if (spare_.give_up()) {
      error_code ignored;  // the client may have left meanwhile
      tcp::socket unwanted = acceptor_.accept(ignored);
      unwanted.close(ignored);
      spare_.take();
      co_return;
    }
    spare_.take();
  }
  pause_.expires_after(accept_pause);
  error_code ignored;  // cancelled by close()
  co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

void TcpAcceptor::close(const Welcome& welcome) {
  if (closed_) return;
  if (acceptor_.is_open()) accept_batch(welcome);
  closed_ = true;
  error_code ignored;  // an acceptor that never opened has nothing to close
  acceptor_.close(ignored);
  pause_.cancel();
}

}  // namespace orc
