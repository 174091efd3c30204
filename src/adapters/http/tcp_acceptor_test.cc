#include "adapters/http/tcp_acceptor.h"

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <gtest/gtest.h>
#include <thread>

namespace orc {
namespace {

using namespace std::chrono_literals;
using boost::asio::ip::tcp;

// Somebody's listening socket on a port of the system's choice.
struct OtherServer {
  boost::asio::io_context io;
  tcp::acceptor acceptor{io, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0)};
  const std::uint16_t port = acceptor.local_endpoint().port();
};

TEST(TcpAcceptor, waits_for_a_port_that_a_killed_predecessor_is_giving_up) {
  OtherServer predecessor;
  boost::asio::steady_timer last_moments(predecessor.io, 100ms);  // as long as it still holds it
  last_moments.async_wait([&](auto) { predecessor.acceptor.close(); });
  const std::jthread living([&] { predecessor.io.run(); });
  boost::asio::io_context io;
  TcpAcceptor acceptor(io);
  EXPECT_EQ(acceptor.listen("127.0.0.1", predecessor.port, PortUse::alone).value().port, predecessor.port);
}

TEST(TcpAcceptor, says_of_a_port_that_stays_taken_that_it_is) {
  const OtherServer other;
  boost::asio::io_context io;
  TcpAcceptor acceptor(io);
  const auto refused = acceptor.listen("127.0.0.1", other.port, PortUse::alone);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::unavailable);
  EXPECT_TRUE(refused.error().message.contains("port " + std::to_string(other.port))) << refused.error().message;
  EXPECT_TRUE(refused.error().message.contains("is another server running there?")) << refused.error().message;
}

}  // namespace
}  // namespace orc
