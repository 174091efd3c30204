#pragma once

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <thread>

namespace orc {

// A server of this host as seen from far away: what it says arrives `delay` later, in its order, and as much of it at once as there is. On
// a thread of its own.
class FarServer {
 public:
  FarServer(int port, std::chrono::milliseconds delay) : port_(port), delay_(delay) {
    boost::asio::co_spawn(io_, accept(), boost::asio::detached);
    thread_ = std::thread([this] { io_.run(); });  // by now there is something to do, without which it would end at once
  }
  FarServer(const FarServer&) = delete;
  FarServer& operator=(const FarServer&) = delete;
  ~FarServer() {
    io_.stop();
    thread_.join();
  }

  int port() const { return here_; }

 private:
  using Socket = boost::asio::ip::tcp::socket;
  using Clock = std::chrono::steady_clock;
  static constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);

  struct Line {
    explicit Line(Socket from, const boost::asio::any_io_executor& executor) : client(std::move(from)), server(executor), news(executor) {
      news.expires_at(Clock::time_point::max());
    }
    Socket client;
    Socket server;
    boost::asio::steady_timer news;
    struct Part {
      Clock::time_point due;
      std::string bytes;
    };
    std::deque<Part> said;
    bool has_ended = false;
  };

  boost::asio::awaitable<void> accept() {
    for (;;) {
      auto [error, socket] = co_await acceptor_.async_accept(no_throw);
      if (error) co_return;
      auto line = std::make_shared<Line>(std::move(socket), io_.get_executor());
      const boost::asio::ip::tcp::endpoint there(boost::asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(port_));
      const auto [lost] = co_await line->server.async_connect(there, no_throw);
      if (lost) continue;
      for (Socket* const end : {&line->client, &line->server}) end->set_option(boost::asio::ip::tcp::no_delay(true));
      boost::asio::co_spawn(io_, ask(line), boost::asio::detached);
      boost::asio::co_spawn(io_, hear(line), boost::asio::detached);
      boost::asio::co_spawn(io_, tell(line), boost::asio::detached);
    }
  }

  static boost::asio::awaitable<void> ask(std::shared_ptr<Line> line) {
    std::array<char, 65536> part{};
    for (;;) {
      const auto [error, size] = co_await line->client.async_read_some(boost::asio::buffer(part), no_throw);
      if (error) break;
      const auto [lost, sent] = co_await boost::asio::async_write(line->server, boost::asio::buffer(part.data(), size), no_throw);
      if (lost) break;
    }
    line->server.close();
  }

  boost::asio::awaitable<void> hear(std::shared_ptr<Line> line) const {
    std::array<char, 65536> part{};
    for (;;) {
      const auto [error, size] = co_await line->server.async_read_some(boost::asio::buffer(part), no_throw);
      if (error) break;
      line->said.push_back({.due = Clock::now() + delay_, .bytes = std::string(part.data(), size)});
      line->news.cancel();
    }
    line->has_ended = true;
    line->news.cancel();
  }

  static boost::asio::awaitable<void> tell(std::shared_ptr<Line> line) {
    while (!line->said.empty() || !line->has_ended) {
      const Clock::time_point due = line->said.empty() ? Clock::time_point::max() : line->said.front().due;
      if (Clock::now() < due) {
        line->news.expires_at(due);
        co_await line->news.async_wait(no_throw);
        continue;
      }
      const std::string bytes = std::move(line->said.front().bytes);
      line->said.pop_front();
      const auto [lost, sent] = co_await boost::asio::async_write(line->client, boost::asio::buffer(bytes), no_throw);
      if (lost) break;
    }
    line->client.close();
  }

  const int port_;
  const std::chrono::milliseconds delay_;
  boost::asio::io_context io_{1};
  boost::asio::ip::tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
  const int here_ = acceptor_.local_endpoint().port();
  std::thread thread_;
};

}  // namespace orc
