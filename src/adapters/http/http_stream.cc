#include "adapters/http/http_stream.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>

#include "adapters/http/peer_address.h"
#include "domain/assert.h"

namespace orc {

namespace asio = boost::asio;
using boost::system::error_code;

namespace {

constexpr std::size_t kept_buffer_max = 16 * 1024;       // what a connection may hold between two requests
constexpr int kept_by_kernel_max = 64 * 1024;            // of an answer that takes long
constexpr std::size_t written_at_once_max = 256 * 1024;  // about a tenth of a millisecond of the kernel's copying

bool would_block(const error_code& error) { return error == asio::error::would_block || error == asio::error::try_again; }

}  // namespace

HttpStream::HttpStream(asio::ip::tcp::socket socket, const HttpServerLimits& limits, ArrivalBuffer& arrival)
    : limits_(limits), arrival_(arrival), socket_(std::move(socket)), since_(std::chrono::steady_clock::now()) {
  // A failure here means that the client is gone already, which the first read tells.
  error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  const auto peer = socket_.remote_endpoint(ignored);
  peer_address_ = plain_address(peer.address()).to_string();
  peer_port_ = peer.port();
}

void HttpStream::consume(std::size_t size) {
  ORC_ASSERT(size <= in_.size() - in_begin_);
  in_begin_ += size;
  if (in_begin_ < in_.size()) return;
  in_.clear();
  in_begin_ = 0;
}

asio::awaitable<HttpStream::Progress> HttpStream::fill() {
  if (in_begin_ > 0) {
    in_.erase(0, in_begin_);
    in_begin_ = 0;
  }
  while (!cut_) {
    error_code error;
    co_await socket_.async_wait(asio::ip::tcp::socket::wait_read, asio::redirect_error(asio::use_awaitable, error));
    if (error || cut_) break;
    const std::size_t size = socket_.read_some(asio::buffer(arrival_), error);
    if (would_block(error)) continue;
    if (error) break;
    in_.append(arrival_.data(), size);
    moved_ += size;
    co_return Progress::made;
  }
  co_return Progress::ended;
}

asio::awaitable<HttpStream::Progress> HttpStream::flush() {
  std::size_t written = 0;
  while (written < unwritten()) {
    const std::string_view left =
        written < out_.size() ? std::string_view(out_).substr(written) : std::string_view(long_out_).substr(written - out_.size());
    error_code error;
    const std::size_t size = socket_.write_some(asio::buffer(left.data(), std::min(left.size(), written_at_once_max)), error);
    if (would_block(error)) {
      enter(Phase::writing);
      if (cut_) co_return Progress::ended;
      co_await socket_.async_wait(asio::ip::tcp::socket::wait_write, asio::redirect_error(asio::use_awaitable, error));
      if (cut_) co_return Progress::ended;
      continue;
    }
    if (error) co_return Progress::ended;
    written += size;
    moved_ += size;
    if (size == written_at_once_max) {
      co_await step_aside();
      if (cut_) co_return Progress::ended;
    }
  }
  out_.clear();
  long_out_ = {};
  release_large_buffers();
  co_return Progress::made;
}

void HttpStream::keep_little_unread() {
  error_code ignored;  // then the kernel keeps what it likes
  socket_.set_option(asio::socket_base::send_buffer_size(kept_by_kernel_max), ignored);
}

// Bytes that come meanwhile wait for their turn: nothing is read here.
ClientWatch HttpStream::watch_client(std::function<void()> gone) {
  auto watch = std::make_shared<std::function<void()>>(std::move(gone));
  watch_ = watch;
  // While the watch lives, so does this stream.
  socket_.async_wait(asio::ip::tcp::socket::wait_read, [this, weak = watch_](const error_code& failure) {
    const auto held = weak.lock();
    if (!held) return;
    char byte = 0;
    error_code error = failure;
    if (!error) socket_.receive(asio::buffer(&byte, 1), asio::socket_base::message_peek, error);
    if (error && !would_block(error)) (*held)();
  });
  return watch;
}

void HttpStream::give_up_body() {
  if (const auto watch = watch_.lock()) (*watch)();
}

void HttpStream::release_large_buffers() {
  if (out_.capacity() > kept_buffer_max) out_.shrink_to_fit();
  if (in_.empty() && in_.capacity() > kept_buffer_max) in_.shrink_to_fit();
}

asio::awaitable<void> HttpStream::linger() {
  if (cut_ == HttpCut::stopping) co_return;
  cut_.reset();  // what was cut was the request; its refusal has its own time
  error_code error;
  socket_.shutdown(asio::ip::tcp::socket::shutdown_send, error);
  enter(Phase::lingering);
  while (!error && moved_ <= limits_.linger_bytes_max && co_await fill() == Progress::made) consume(unread().size());
}

void HttpStream::close() {
  error_code ignored;  // nothing can be done about a socket that does not close
  if (abandons_) socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

asio::awaitable<void> HttpStream::step_aside() { co_await asio::post(socket_.get_executor(), asio::use_awaitable); }

void HttpStream::enter(Phase phase) {
  if (phase_ == phase) return;
  phase_ = phase;
  since_ = std::chrono::steady_clock::now();
  moved_ = 0;
}

SteadyTime HttpStream::deadline() const {
  switch (phase_) {
    case Phase::fresh:
    case Phase::idle:
      return since_ + limits_.idle_max;
    case Phase::header:
      return since_ + limits_.header_max;
    case Phase::body:
    case Phase::writing:
      return since_ + limits_.transfer_grace + std::chrono::milliseconds(moved_ * 1'000 / limits_.transfer_rate_min);
    case Phase::lingering:
      return since_ + limits_.linger_max;
    case Phase::handler:
      return SteadyTime::max();  // the handler has its own limits
  }
}

std::optional<HttpCut> HttpStream::judge(SteadyTime now) {
  if (cut_ || now < deadline()) return std::nullopt;
  const auto why = [this] {
    switch (phase_) {
      case Phase::fresh:
      case Phase::idle:
      case Phase::handler:
        return HttpCut::idle;
      case Phase::header:
        return HttpCut::slow_header;
      case Phase::body:
        return HttpCut::slow_body;
      case Phase::writing:
        return HttpCut::slow_reader;
      case Phase::lingering:
        return HttpCut::lingering;
    }
  }();
  cut(why);
  return why;
}

void HttpStream::cut(HttpCut why) {
  cut_ = why;
  // The kernel would go on trying to deliver what a slow reader did not take. To who waits for nothing a reset would be an error.
  abandons_ = why == HttpCut::slow_reader || (why == HttpCut::stopping && phase_ == Phase::writing);
  error_code ignored;  // a closed socket has no waits to end
  socket_.cancel(ignored);
}

}  // namespace orc
