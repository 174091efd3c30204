#include "adapters/grpc/grpc_connection.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

#include "adapters/http/peer_address.h"

namespace orc {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::size_t gathered_max = 64 * 1024;             // what is taken out of a session before it is written
constexpr std::size_t kept_buffer_max = 16 * 1024;          // what a connection may hold with nothing to write
constexpr std::size_t written_at_once_max = 256 * 1024;     // then others get their turn
constexpr std::size_t linger_bytes_max = 16 * 1024 * 1024;  // read and dropped after the last word

bool would_block(const error_code& error) { return error == asio::error::would_block || error == asio::error::try_again; }

}  // namespace

GrpcConnection::GrpcConnection(tcp::socket socket, GrpcSharing& sharing, GrpcArrival& arrival, const TlsIdentity* tls)
    : socket_(std::move(socket)), sharing_(sharing), arrival_(arrival) {
  // A failure here means that the client is gone already, which the first read tells.
  error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(tcp::no_delay(true), ignored);
  peer_address_ = plain_address(socket_.remote_endpoint(ignored).address()).to_string();
  if (tls != nullptr) tls_.emplace(*tls);
  session_.emplace(sharing, peer_address_, [this] { flush_soon(); });
}

asio::awaitable<void> GrpcConnection::serve() {
  co_await read_and_answer();
  if (!cut_ && session_->cut_for()) sharing_.observer.connection_cut(*session_->cut_for(), peer_address_);
  if (!cut_ && session_->is_finished()) co_await linger();
  session_.reset();
  error_code ignored;  // nothing can be done about a socket that does not close
  // The kernel would go on trying to deliver what a slow reader did not take.
  if (cut_ == GrpcCut::slow_reader || cut_ == GrpcCut::stopping) socket_.set_option(asio::socket_base::linger(true, 0), ignored);
  socket_.close(ignored);
}

asio::awaitable<void> GrpcConnection::read_and_answer() {
  flush();
  while (!is_done()) {
    const std::string_view bytes = co_await arrive();
    if (!bytes.empty()) take(bytes);
    flush();
  }
}

// Empty if there is nothing: the connection is done, or may be.
asio::awaitable<std::string_view> GrpcConnection::arrive() {
  error_code error;
  co_await socket_.async_wait(tcp::socket::wait_read, asio::redirect_error(asio::use_awaitable, error));
  if (error || cut_) co_return std::string_view{};
  const std::size_t size = socket_.read_some(asio::buffer(arrival_), error);
  if (would_block(error)) co_return std::string_view{};
  if (error) broken_ = true;
  co_return std::string_view{arrival_.data(), size};
}

bool GrpcConnection::is_done() const { return cut_ || broken_ || (session_->is_finished() && out_begin_ == out_.size() && !full_since_); }

void GrpcConnection::take(std::string_view bytes) {
  if (!tls_) return session_->receive(bytes);
  std::string plain;
  const auto taken = tls_->take(bytes, plain);
  if (!plain.empty()) session_->receive(plain);
  if (taken) return;
  flush();  // the alert
  cut(GrpcCut::bad_protocol);
}

// Answers that come together are written together.
void GrpcConnection::flush_soon() {
  if (std::exchange(flush_is_due_, true)) return;
  asio::post(socket_.get_executor(), [self = shared_from_this()] {
    self->flush_is_due_ = false;
    if (!self->session_) return;
    self->flush();
    error_code ignored;  // the one who reads looks whether it is done
    if (self->is_done()) self->socket_.cancel(ignored);
  });
}

void GrpcConnection::flush() {
  std::size_t written = 0;
  while (!full_since_ && !cut_ && !broken_ && (out_begin_ < out_.size() || refill())) {
    if (written >= written_at_once_max) return flush_soon();
    error_code error;
    const std::size_t size = socket_.write_some(asio::buffer(out_.data() + out_begin_, out_.size() - out_begin_), error);
    if (would_block(error)) return wait_for_room();
    if (error) broken_ = true;
    out_begin_ += size;
    written += size;
  }
}

// False if there is nothing to write.
bool GrpcConnection::refill() {
  out_begin_ = 0;
  out_.clear();
  if (!tls_) {
    session_->gather(out_, gathered_max);
  } else {
    if (tls_->is_open()) {
      session_->gather(plain_, gathered_max);
      tls_->give(plain_);
      plain_.clear();
    }
    tls_->drain(out_);
  }
  if (!out_.empty()) return true;
  if (out_.capacity() > kept_buffer_max) out_.shrink_to_fit();
  if (plain_.capacity() > kept_buffer_max) plain_.shrink_to_fit();
  return false;
}

void GrpcConnection::wait_for_room() {
  full_since_ = std::chrono::steady_clock::now();
  socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this()](const error_code& error) {
    self->full_since_.reset();
    if (error || !self->session_) return;
    self->flush_soon();
  });
}

// Says that nothing more comes, then reads and drops what the client still sends, so that the last word is not lost to a reset.
asio::awaitable<void> GrpcConnection::linger() {
  error_code error;
  socket_.shutdown(tcp::socket::shutdown_send, error);
  lingers_since_ = std::chrono::steady_clock::now();
  std::size_t dropped = 0;
  while (!error && !cut_ && !broken_ && dropped < linger_bytes_max) dropped += (co_await arrive()).size();
}

void GrpcConnection::announce_stop() { session_->announce_stop(); }

void GrpcConnection::refuse_calls() { session_->refuse_calls(); }

void GrpcConnection::judge(SteadyTime now) {
  if (full_since_ && now - *full_since_ > sharing_.limits.reader_pause_max) return cut(GrpcCut::slow_reader);
  if (!lingers_since_) return session_->judge(now);
  if (now - *lingers_since_ < sharing_.limits.linger_max) return;
  broken_ = true;
  error_code ignored;  // a closed socket has no waits to end
  socket_.cancel(ignored);
}

void GrpcConnection::cut(GrpcCut why) {
  if (std::exchange(cut_, why)) return;
  sharing_.observer.connection_cut(why, peer_address_);
  error_code ignored;  // a closed socket has no waits to end
  socket_.cancel(ignored);
}

}  // namespace orc
