#pragma once

#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <string>
#include <vector>

namespace orc {

// For tests: a model server on 127.0.0.1 that answers each request with what the test plays, byte for byte.
class ScriptedServer {
 public:
  enum class Then : std::uint8_t { keep, close, reset, hang, drip };  // drip: the last byte again and again, one each 20 ms
  struct Play {
    std::string bytes;
    Then then = Then::keep;  // behind all of it
    std::chrono::milliseconds pause{0};
    std::string rest{};  // behind the pause
  };

  explicit ScriptedServer(const boost::asio::any_io_executor& executor) : ScriptedServer(executor, nullptr) {}

  // Speaks TLS as `identity`, which outlives it; not if that is null.
  ScriptedServer(const boost::asio::any_io_executor& executor, boost::asio::ssl::context* identity)
      : identity_(identity), acceptor_(executor, {boost::asio::ip::address_v4::loopback(), 0}), port_(acceptor_.local_endpoint().port()) {
    boost::asio::co_spawn(executor, accept(), boost::asio::detached);
  }

  std::string url() const { return url("127.0.0.1"); }
  std::string url(const std::string& host) const { return (identity_ ? "https://" : "http://") + host + ":" + std::to_string(port_); }
  std::string port() const { return std::to_string(port_); }
  void stop() { acceptor_.close(); }

  static std::string head(int status, const std::string& fields) {
    return "HTTP/1.1 " + std::to_string(status) + " Whatever\r\n" + fields + "\r\n";
  }
  static std::string json(int status, const std::string& body, const std::string& fields = "") {
    return head(status, fields + "Content-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) + "\r\n") + body;
  }
  static std::string chunk(const std::string& text) {
    std::string size;
    for (std::size_t left = text.size(); left > 0; left /= 16) size.insert(size.begin(), "0123456789abcdef"[left % 16]);
    return size + "\r\n" + text + "\r\n";
  }
  static std::string delta(const std::string& text) {
    return chunk("data: {\"choices\":[{\"delta\":{\"content\":\"" + text + "\"}}]}\n\n");
  }
  static std::string stream_head() { return head(200, "Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n"); }
  static std::string stream_end() {
    return chunk("data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n") +
           chunk(
               "data: "
               "{\"choices\":[],\"usage\":{\"prompt_tokens\":7,\"completion_tokens\":2,\"prompt_tokens_details\":{\"cached_tokens\":3}}}"
               "\n\n") +
           chunk("data: [DONE]\n\n") + "0\r\n\r\n";
  }
  static Play answer(const std::string& text) { return {.bytes = stream_head() + delta(text) + stream_end(), .then = Then::keep}; }

  std::function<Play(const std::string&)> plays = [](const std::string&) { return answer("eleven"); };
  std::vector<std::string> requests;  // ever, head and body
  std::vector<std::string> names;     // that were asked for when TLS began; empty where none was
  int connections = 0;                // ever
  int open = 0;                       // now

 private:
  using Socket = boost::asio::ip::tcp::socket;
  static constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);

  boost::asio::awaitable<void> accept() {
    for (;;) {
      auto [error, socket] = co_await acceptor_.async_accept(no_throw);
      if (error) co_return;
      ++connections;
      ++open;
      boost::asio::co_spawn(acceptor_.get_executor(), serve(std::move(socket)), boost::asio::detached);
    }
  }

  boost::asio::awaitable<void> serve(Socket socket) {
    if (identity_) {
      boost::asio::ssl::stream<Socket&> inside(socket, *identity_);
      const auto [error] = co_await inside.async_handshake(boost::asio::ssl::stream_base::server, no_throw);
      const char* const name = SSL_get_servername(inside.native_handle(), TLSEXT_NAMETYPE_host_name);
      names.emplace_back(name ? name : "");
      if (!error) co_await talk(inside, socket);
    } else {
      co_await talk(socket, socket);
    }
    --open;
  }

  // `stream` is what HTTP is spoken on, over `socket`.
  boost::asio::awaitable<void> talk(auto& stream, Socket& socket) {
    std::string buffer;
    std::array<char, 4096> part{};
    for (bool goes_on = true; goes_on;) {
      const auto [error, size] = co_await boost::asio::async_read_until(stream, boost::asio::dynamic_buffer(buffer), "\r\n\r\n", no_throw);
      if (error) break;
      const std::size_t at = buffer.find("Content-Length: ");
      const std::size_t whole = size + (at == std::string::npos ? 0 : std::stoul(buffer.substr(at + 16)));
      while (buffer.size() < whole) {
        const auto [lost, more] = co_await stream.async_read_some(boost::asio::buffer(part), no_throw);
        if (lost) break;
        buffer.append(part.data(), more);
      }
      requests.push_back(buffer.substr(0, whole));
      buffer.erase(0, whole);
      const Play play = plays(requests.back());
      co_await boost::asio::async_write(stream, boost::asio::buffer(play.bytes), no_throw);
      if (play.pause.count() > 0) {
        boost::asio::steady_timer timer(socket.get_executor(), play.pause);
        co_await timer.async_wait(no_throw);
        co_await boost::asio::async_write(stream, boost::asio::buffer(play.rest), no_throw);
      }
      goes_on = co_await follow(stream, socket, play);
    }
  }

  boost::asio::awaitable<bool> follow(auto& stream, Socket& socket, const Play& play) {
    boost::system::error_code error;
    switch (play.then) {
      case Then::keep:
        co_return true;
      case Then::close:
        co_return false;
      case Then::reset:
        socket.set_option(boost::asio::socket_base::linger(true, 0), error);
        co_return false;
      case Then::hang:
        co_await socket.async_wait(Socket::wait_read, no_throw);
        co_return false;
      case Then::drip:
        for (;;) {
          boost::asio::steady_timer timer(socket.get_executor(), std::chrono::milliseconds{20});
          co_await timer.async_wait(no_throw);
          const auto [lost, sent] = co_await boost::asio::async_write(stream, boost::asio::buffer(&play.bytes.back(), 1), no_throw);
          if (lost) co_return false;
        }
    }
    co_return false;
  }

  boost::asio::ssl::context* const identity_;
  boost::asio::ip::tcp::acceptor acceptor_;
  const std::uint16_t port_;
};

}  // namespace orc
