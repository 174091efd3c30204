#include "adapters/http/client_stream.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>

namespace orc {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

std::optional<std::string> ClientStream::connect(SteadyTime deadline) {
  error_code error;
  tcp::resolver resolver(io_);
  const auto places = resolver.resolve(origin_.host, origin_.port, error);
  if (!error) {
    if (trust_) secure_ = std::make_unique<TlsStream>(io_, trust_->context());
    tcp_stream().expires_at(deadline);
    error = run([&](auto done) { tcp_stream().async_connect(places, done); });
  }
  if (!error) tcp_stream().socket().set_option(tcp::no_delay(true), error);
  if (error) return error.message() + "; is `orc serve` running?";
  return secure_ ? shake_hands() : std::nullopt;
}

std::optional<std::string> ClientStream::shake_hands() {
  if (!TlsTrust::expect(secure_->native_handle(), origin_.host)) return "its name cannot be asked for";
  const error_code error = run([&](auto done) { secure_->async_handshake(asio::ssl::stream_base::client, done); });
  if (!error) return {};
  return trust_->words_of(error, secure_->native_handle());
}

bool ClientStream::is_open_still() {
  tcp::socket& socket = tcp_stream().socket();
  if (!socket.is_open()) return false;
  error_code error;
  socket.non_blocking(true, error);
  char byte = 0;
  socket.receive(asio::buffer(&byte, 1), tcp::socket::message_peek, error);
  return error == asio::error::would_block || error == asio::error::try_again;
}

void ClientStream::close() { tcp_stream().close(); }

}  // namespace orc
