#pragma once

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <condition_variable>
#include <future>
#include <gtest/gtest.h>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <thread>
#include <vector>

#include "adapters/http/http_body_source.h"
#include "adapters/http/http_server.h"
#include "adapters/system/store_patience.h"

namespace orc {

// A blocking client socket that sends exactly what a test says. Every wait ends after ten seconds, which fails the test.
class RawSocket {
 public:
  // `from`: another address than 127.0.0.1, for another client; all of 127.0.0.0/8 is ours.
  explicit RawSocket(std::uint16_t port, const char* from = "127.0.0.1") : socket_(io_) {
    socket_.open(boost::asio::ip::tcp::v4());
    socket_.bind({boost::asio::ip::make_address(from), 0});
    socket_.connect({boost::asio::ip::address_v4::loopback(), port});
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    setsockopt(socket_.native_handle(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  }

  // Errors are left to the reads: a server may close while we still send.
  void send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t sent = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }
  void shutdown_send() { socket_.shutdown(boost::asio::ip::tcp::socket::shutdown_send); }

  // Everything until the server closes.
  std::string read_to_end() {
    while (receive()) {}
    return std::exchange(received_, {});
  }
  // One answer: its head, and a body of the length it names unless `method` is HEAD.
  std::string read_answer(std::string_view method = "GET") {
    std::size_t head_end = std::string::npos;
    while ((head_end = received_.find("\r\n\r\n")) == std::string::npos) {
      if (!receive()) return std::exchange(received_, {});
    }
    std::size_t size = head_end + 4;
    const std::size_t field = received_.find("Content-Length: ");
    if (field < head_end && method != "HEAD") size += std::stoul(received_.substr(field + 16));
    while (received_.size() < size && receive()) {}
    std::string answer = received_.substr(0, size);
    received_.erase(0, size);
    return answer;
  }
  // Waits until the server has closed its side; false if it sent something first.
  bool is_closed_silently() { return read_to_end().empty(); }

  // True if a read ended with an error and not with the end of the stream.
  [[nodiscard]] bool was_reset() const { return reset_; }

  boost::asio::ip::tcp::socket& socket() { return socket_; }

 private:
  bool receive() {
    char bytes[16 * 1024];
    const ssize_t size = ::recv(socket_.native_handle(), bytes, sizeof bytes, 0);
    if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) ADD_FAILURE() << "the server neither answered nor closed within ten seconds";
    reset_ = size < 0;
    if (size <= 0) return false;
    received_.append(bytes, static_cast<std::size_t>(size));
    return true;
  }

  boost::asio::io_context io_;
  boost::asio::ip::tcp::socket socket_;
  std::string received_;
  bool reset_ = false;
};

// The status of the first answer in `bytes`; 0 if there is none.
inline int status_of(std::string_view bytes) { return bytes.starts_with("HTTP/1.1 ") ? std::stoi(std::string{bytes.substr(9, 3)}) : 0; }

// Final ones only: 100 Continue has no Date.
inline std::size_t answers_in(std::string_view bytes) {
  std::size_t answers = 0;
  for (std::size_t at = bytes.find("\r\nDate: "); at != std::string_view::npos; at = bytes.find("\r\nDate: ", at + 1)) ++answers;
  return answers;
}

inline std::string body_of(std::string_view answer) {
  return std::string{answer.substr(std::min(answer.find("\r\n\r\n") + 4, answer.size()))};
}

// Answers "<method> <path> <body>" to everything. Special paths make it misbehave, wait or refuse.
class EchoHandler final : public HttpHandler {
 public:
  std::uint64_t body_max = 2 * 1024 * 1024;
  std::atomic<int> handled = 0;
  std::atomic<bool> client_has_left = false;  // the one who asked for /watched
  std::shared_ptr<HttpBodySource> source;     // of the answer to /parts
  bool marks_answers = false;                 // with a field in each, X-Mark: <id> <method> <path>

  boost::asio::awaitable<HeadDecision> before_body(HttpRequestHead& head) override {
    if (head.path == "/denied") co_return http_problem(401, "Who are you?");
    if (head.path == "/throws-early") throw std::runtime_error("early");
    head.context = std::string{"seen"};
    co_return BodyRule{body_max};
  }

  boost::asio::awaitable<HttpResponse> handle(HttpRequest& request) override {
    ++handled;
    if (request.path == "/throws") throw std::runtime_error("late");
    if (request.path == "/wait") co_await wait_for_release();
    if (request.path == "/watched") {
      const auto watch = request.watch_client([this] {
        client_has_left = true;
        client_has_left.notify_all();
        release();
      });
      co_await wait_for_release();
    }
    if (request.path.starts_with("/room")) {  // for large_size, and a word as the answer
      if (!request.take_room(large_size)) co_return http_problem(503, "no room");
      if (request.path == "/room-and-wait") co_await wait_for_release();
    }
    HttpResponse response;
    response.content_type = "text/plain";
    response.route = "/{echo}";
    if (request.path == "/evil-field") response.headers.push_back({"X-Evil", "a\r\nSet-Cookie: b"});
    if (request.path == "/nothing") response.status = 204;
    response.body = request.method + " " + request.path + " " + request.body;
    if (request.path == "/large") response.body.assign(large_size, 'x');
    if (request.path == "/parts") response.source = source;
    if (request.path == "/patience") response.body = spend_patience(co_await boost::asio::this_coro::executor);
    if (request.path == "/context") response.body = std::any_cast<std::string>(request.context);
    co_return response;
  }

  void complete(const HttpRequestHead& head, HttpResponse& response) override {
    if (marks_answers) response.headers.push_back({"X-Mark", head.request_id + " " + head.method + " " + head.path});
  }

  // Lets the handler that waits at /wait go on. I/O thread.
  void release() {
    released_ = true;
    if (gate_ != nullptr) gate_->cancel();
  }
  // Any thread.
  void until_someone_waits() { waiting_.wait(false); }

  static constexpr std::size_t large_size = 32 * 1024 * 1024;

 private:
  // Says what it found, and leaves nothing.
  static std::string spend_patience(const boost::asio::any_io_executor& executor) {
    const auto patience = patience_of(executor);
    if (!patience) return "none";
    const auto now = std::chrono::steady_clock::now();
    patience->begin(now, {});
    const bool is_whole = patience->deadline() == now + StorePatience::most;
    patience->end(now + StorePatience::most);
    return is_whole ? "whole" : "spent";
  }

  boost::asio::awaitable<void> wait_for_release() {
    boost::asio::steady_timer gate(co_await boost::asio::this_coro::executor, boost::asio::steady_timer::time_point::max());
    gate_ = &gate;
    waiting_ = true;
    waiting_.notify_all();
    boost::system::error_code cancelled;
    if (!released_) co_await gate.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
    gate_ = nullptr;
  }

  bool released_ = false;
  boost::asio::steady_timer* gate_ = nullptr;
  std::atomic<bool> waiting_ = false;
};

class RecordingObserver final : public HttpObserver {
 public:
  struct Finished {
    std::string method, route, request_id;
    int status;
    std::uint64_t bytes_in, bytes_out;
  };

  void request_finished(const FinishedRequest& request) override {
    change([&] {
      finished_.push_back({std::string{request.method}, std::string{request.route}, std::string{request.request_id}, request.status,
                           request.bytes_in, request.bytes_out});
    });
  }
  void connections_changed(std::size_t open) override {
    change([&] { open_ = open; });
  }
  void connection_cut(HttpCut why, std::string_view) override {
    change([&] { cuts_.push_back(why); });
  }
  void handler_failed(std::string_view, std::string_view what) override {
    change([&] { failures_.emplace_back(what); });
  }

  std::vector<Finished> finished() {
    const std::scoped_lock lock(mutex_);
    return finished_;
  }
  std::vector<HttpCut> cuts() {
    const std::scoped_lock lock(mutex_);
    return cuts_;
  }
  std::vector<std::string> failures() {
    const std::scoped_lock lock(mutex_);
    return failures_;
  }
  // Both are false after ten seconds.
  bool until_finished(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return finished_.size() >= count; });
  }
  bool until_open(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(10), [&] { return open_ == count; });
  }

 private:
  void change(auto&& apply) {
    const std::scoped_lock lock(mutex_);
    apply();
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Finished> finished_;
  std::vector<HttpCut> cuts_;
  std::vector<std::string> failures_;
  std::size_t open_ = 0;
};

// A server on 127.0.0.1 with its own I/O thread.
class TestServer {
 public:
  explicit TestServer(const HttpServerLimits& limits = {})
      : budget(limits.held_bytes_max, limits.held_bytes_allowance), server_(io_, limits, budget, handler, observer) {
    auto endpoint = server_.start("127.0.0.1", 0);
    if (!endpoint) throw std::runtime_error(endpoint.error().message);
    port = endpoint->port;
    thread_ = std::thread([this] { io_.run(); });
  }
  ~TestServer() {
    release();
    server_.wait(std::chrono::steady_clock::now() + std::chrono::seconds(10));
    thread_.join();
  }

  // Sends `bytes` on a connection of its own and returns everything that came until the server closed.
  std::string exchange(std::string_view bytes) {
    RawSocket client(port);
    client.send(bytes);
    return client.read_to_end();
  }
  void release() {
    boost::asio::post(io_, [this] { handler.release(); });
  }
  // Waits until all connections together hold at least so much; false after ten seconds.
  bool until_held(std::uint64_t bytes) {
    const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < patience) {
      std::promise<std::uint64_t> held;
      boost::asio::post(io_, [&] { held.set_value(budget.held()); });
      if (held.get_future().get() >= bytes) return true;
    }
    return false;
  }
  HttpServer& server() { return server_; }

  ByteBudget budget;  // of the I/O thread
  EchoHandler handler;
  RecordingObserver observer;
  std::uint16_t port = 0;

 private:
  boost::asio::io_context io_;
  HttpServer server_;
  std::thread thread_;
};

}  // namespace orc
