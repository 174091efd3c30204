#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

#include "adapters/http/http_server.h"
#include "adapters/http/spare_descriptor.h"
#include "adapters/system/file_descriptor.h"
#include "domain/result.h"

namespace orc {

// Connections that a server turns away with a word once it has as many as it may; further ones are closed at once.
inline constexpr std::size_t turned_away_max = 64;

// How many of the `wanted` connections RLIMIT_NOFILE leaves room for, beside those to be turned away and what else the process opens.
std::size_t connections_for(std::size_t wanted);

// TcpAcceptor listens on one address and hands over who connects. I/O thread only, but for listen() and adopt(), which may come before it
// runs.
class TcpAcceptor {
 public:
  // Called for every connection; the socket closes if it is not taken.
  using Welcome = std::function<void(boost::asio::ip::tcp::socket)>;

  explicit TcpAcceptor(boost::asio::io_context& io) : acceptor_(io), pause_(io) {}

  // As HttpServer::start(). Either may be called once.
  Result<HttpEndpoint> listen(const std::string& host, std::uint16_t port, PortUse use);
  Result<HttpEndpoint> adopt(FileDescriptor listening);

  // Hands over connections until close(). `out_of_descriptors` is called when one had to be dropped because no descriptor was left.
  // Both are called during this call only.
  boost::asio::awaitable<void> accept_each(Welcome welcome, std::function<void()> out_of_descriptors);

  // Takes a last few of those who are connected already, as the kernel resets whom nobody accepted, and stops listening. Safe twice.
  void close(const Welcome& welcome);

 private:
  boost::system::error_code listen_on(const boost::asio::ip::tcp::endpoint& endpoint, PortUse use);
  boost::asio::awaitable<void> recover_from(boost::system::error_code error, const std::function<void()>& out_of_descriptors);
  boost::system::error_code accept_batch(const Welcome& welcome);

  boost::asio::ip::tcp::acceptor acceptor_;
  boost::asio::steady_timer pause_;
  SpareDescriptor spare_;
  bool closed_ = false;
};

}  // namespace orc
