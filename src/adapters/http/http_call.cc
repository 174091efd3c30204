#include "adapters/http/http_call.h"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <boost/none.hpp>
#include <tuple>
#include <utility>

namespace orc {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t part_bytes = 16 * 1024;

std::string words_of(const error_code& error) {
  if (error == beast::error::timeout) return "was silent for too long";
  if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) return "was hung up on";
  if (error == http::error::header_limit || error == http::error::buffer_overflow) return "sent a header that is too long";
  if (error == http::error::end_of_stream || error == http::error::partial_message || error == asio::error::eof ||
      error == asio::error::connection_reset || error == asio::error::broken_pipe || error == asio::ssl::error::stream_truncated)
    return "closed the connection before its answer was complete";
  const bool is_of_http = error.category() == http::make_error_code(http::error::bad_version).category();
  return (is_of_http ? "sent what could not be understood: " : "could not be reached: ") + error.message();
}

// What may be wrong with a server that answers a plain request with no HTTP. Whoever speaks TLS answers it with an alert (RFC 8446, 5.1),
// or hangs up without a word, as OpenSSL does.
std::string tls_advice(const error_code& error, const beast::flat_buffer& buffer) {
  const std::string_view came(static_cast<const char*>(buffer.data().data()), buffer.size());
  if (came.starts_with("\x15\x03")) return ": it speaks TLS, so begin its URL with https://";
  const bool has_hung_up = error == http::error::end_of_stream || error == asio::error::connection_reset || error == asio::error::eof;
  return has_hung_up && came.empty() ? "; if it speaks TLS, begin its URL with https://" : "";
}

}  // namespace

class HttpCallPool::Connection {
 public:
  explicit Connection(const asio::any_io_executor& executor) : stream(executor), buffer(call_header_bytes_max + part_bytes) {}

  // Neither closed by the server nor with anything that nobody asked for, nor kept for long.
  bool is_fresh() {
    if (std::chrono::steady_clock::now() - kept_since > call_idle_time_max || has_unread()) return false;
    error_code error;
    char byte = 0;
    stream.socket().non_blocking(true, error);
    stream.socket().receive(asio::buffer(&byte, 1), tcp::socket::message_peek, error);
    return error == asio::error::would_block || error == asio::error::try_again;
  }

  // Whether something came behind the answer.
  bool has_unread() {
    if (buffer.size() > 0) return true;
    SSL* const session = secure ? secure->native_handle() : nullptr;
    return session != nullptr && (SSL_has_pending(session) == 1 || BIO_pending(SSL_get_rbio(session)) > 0);
  }

  // Gives what `act` makes of the stream that HTTP is spoken on.
  auto over(auto&& act) { return secure ? act(*secure) : act(stream); }

  beast::tcp_stream stream;
  std::optional<beast::ssl_stream<beast::tcp_stream&>> secure;  // around `stream`, where TLS is spoken
  beast::flat_buffer buffer;
  SteadyTime kept_since{};
};

// Shared with the look around, which may be due when the pool is gone.
struct HttpCallPool::Idle : std::enable_shared_from_this<Idle> {
  explicit Idle(const asio::any_io_executor& executor) : look(executor) {}

  void put(const std::string& place, std::unique_ptr<Connection> connection) {
    auto& kept = by_place[place];
    if (is_closed || kept.size() >= call_idle_max) return;
    connection->stream.expires_never();
    connection->kept_since = std::chrono::steady_clock::now();
    kept.push_back(std::move(connection));
    if (!std::exchange(is_looking, true)) look_around();
  }

  void look_around() {
    look.expires_after(call_idle_look_after);
    look.async_wait([weak = weak_from_this()](const error_code& ended) {
      const auto self = weak.lock();
      if (ended || !self) return;
      for (auto& [place, kept] : self->by_place) std::erase_if(kept, [](const auto& one) { return !one->is_fresh(); });
      std::erase_if(self->by_place, [](const auto& one) { return one.second.empty(); });
      self->is_looking = !self->by_place.empty();
      if (self->is_looking) self->look_around();
    });
  }

  std::map<std::string, std::vector<std::unique_ptr<Connection>>> by_place;  // the latest last
  asio::steady_timer look;
  bool is_looking = false;
  bool is_closed = false;
};

HttpCallPool::HttpCallPool(asio::any_io_executor executor, std::optional<TlsTrust> trust, NameLookup lookup)
    : executor_(executor),
      trust_(std::move(trust)),
      idle_(std::make_shared<Idle>(executor)),
      names_(std::move(executor), std::move(lookup)) {}
HttpCallPool::~HttpCallPool() = default;

std::size_t HttpCallPool::idle() const {
  std::size_t sum = 0;
  for (const auto& [place, connections] : idle_->by_place) sum += connections.size();
  return sum;
}

void HttpCallPool::close_idle() {
  idle_->is_closed = true;
  idle_->look.cancel();
  idle_->by_place.clear();
}

struct HttpCall::Request {
  http::request<http::string_body> message;
};

struct HttpCall::Reading {
  http::response_parser<http::buffer_body> parser;
  std::array<char, part_bytes> part{};
};

HttpCall::HttpCall(HttpCallPool& pool) : pool_(pool) {}
HttpCall::~HttpCall() { close(); }

Async<IpAddresses> HttpCall::addresses_of(const HttpOrigin& origin, SteadyTime until) {
  error_code error;
  if (const auto literal = asio::ip::make_address(origin.host, error); !error) co_return IpAddresses{literal};
  patience_.emplace(pool_.executor_, until);
  auto found = co_await pool_.names_.find(origin.host, *patience_);
  patience_.reset();
  if (!found) co_return fail(found.error().code, origin.url() + " " + found.error().message);
  co_return found;
}

Async<void> HttpCall::connect(const HttpOrigin& origin, const AddressCheck& check, SteadyTime until) {
  auto addresses = co_await addresses_of(origin, until);
  if (is_closed_) co_return fail(ErrorCode::unavailable, origin.url() + " was hung up on");
  if (!addresses) co_return pass_on(addresses);
  // Those that are checked here are connected to, and no name is asked for again: it could stand for another address by then.
  std::erase_if(*addresses, [&](const asio::ip::address& one) { return !check(one); });
  if (addresses->empty()) co_return fail(ErrorCode::permission_denied, origin.url() + " leads to an address that is not allowed");
  error_code failed;
  for (const asio::ip::address& address : *addresses) {
    const tcp::endpoint place(address, static_cast<std::uint16_t>(std::stoul(origin.port)));
    // One that is dead, as an address of IPv6 may be where nobody routes it, must not take the time of the others.
    const bool is_last = &address == &addresses->back();
    connection_ = std::make_unique<HttpCallPool::Connection>(pool_.executor_);
    connection_->stream.expires_at(is_last ? until : std::min(until, std::chrono::steady_clock::now() + call_address_max));
    std::tie(failed) = co_await connection_->stream.async_connect(place, no_throw);
    if (!failed || is_closed_) break;
  }
  if (failed) co_return fail(ErrorCode::unavailable, origin.url() + " " + words_of(failed));
  error_code error;
  connection_->stream.socket().set_option(tcp::no_delay(true), error);
  if (error) co_return fail(ErrorCode::unavailable, origin.url() + " " + words_of(error));
  if (origin.scheme == HttpScheme::https) co_return co_await shake_hands(origin);
  co_return Result<void>{};
}

Async<void> HttpCall::shake_hands(const HttpOrigin& origin) {
  if (!pool_.trust_) co_return fail(ErrorCode::permission_denied, origin.url() + " speaks TLS, and nobody is named who vouches for it");
  auto& secure = connection_->secure.emplace(connection_->stream, pool_.trust_->context());
  if (!TlsTrust::expect(secure.native_handle(), origin.host))
    co_return fail(ErrorCode::unavailable, origin.url() + " has a name that TLS cannot ask for");
  const auto [failed] = co_await secure.async_handshake(asio::ssl::stream_base::client, no_throw);
  if (!failed) co_return Result<void>{};
  if (failed == asio::error::operation_aborted) co_return fail(ErrorCode::unavailable, origin.url() + " " + words_of(failed));
  if (failed == beast::error::timeout)
    co_return fail(ErrorCode::unavailable,
                   origin.url() + " was silent for too long when TLS was to begin; if it speaks none, begin its URL with http://");
  co_return fail(ErrorCode::unavailable, origin.url() + ": " + pool_.trust_->words_of(failed, secure.native_handle()));
}

// Sends, and reads the head of the answer.
boost::asio::awaitable<error_code> HttpCall::exchange(const Request& request, SteadyTime until) {
  connection_->stream.expires_at(until);
  const auto [unsent, written] =
      co_await connection_->over([&](auto& stream) { return http::async_write(stream, request.message, no_throw); });
  sent_at_ = std::chrono::steady_clock::now();
  // One that refuses early may have closed its side; its answer is worth reading.
  if (unsent && unsent != asio::error::broken_pipe && unsent != asio::error::connection_reset) co_return unsent;
  reading_ = std::make_unique<Reading>();
  reading_->parser.body_limit(boost::none);
  reading_->parser.header_limit(call_header_bytes_max);
  const auto [unread, size] = co_await connection_->over(
      [&](auto& stream) { return http::async_read_header(stream, connection_->buffer, reading_->parser, no_throw); });
  co_return unread;
}

// Whether the server had given up this connection before it saw what we sent.
bool HttpCall::was_closed_before(const error_code& error) const {
  const bool is_lost = error == http::error::end_of_stream || error == asio::error::eof || error == asio::error::connection_reset ||
                       error == asio::error::broken_pipe || error == asio::ssl::error::stream_truncated;
  const bool is_soon = std::chrono::steady_clock::now() - sent_at_ <= call_resend_max;
  return is_lost && is_soon && !is_closed_ && reading_ && !reading_->parser.got_some();
}

bool HttpCall::take_kept() {
  const auto known = pool_.idle_->by_place.find(place_);
  while (known != pool_.idle_->by_place.end() && !connection_ && !known->second.empty()) {
    connection_ = std::move(known->second.back());
    known->second.pop_back();
    if (!connection_->is_fresh()) connection_.reset();
  }
  return connection_ != nullptr;
}

Async<void> HttpCall::post(HttpOrigin origin, AddressCheck check, std::string target, std::vector<HttpField> headers, std::string body,
                           SteadyTime until) {
  place_ = origin.place();
  Request request{.message = {http::verb::post, origin.prefix + target, 11}};
  request.message.set(http::field::host, origin.authority());
  for (const HttpField& field : headers) request.message.insert(field.name, field.value);
  request.message.body() = std::move(body);
  request.message.prepare_payload();

  bool is_kept = take_kept();
  if (!is_kept)
    if (auto connected = co_await connect(origin, check, until); !connected) co_return connected;
  has_begun_to_send_ = true;
  auto failed = co_await exchange(request, until);
  if (is_kept && was_closed_before(failed)) {
    is_kept = false;
    if (auto connected = co_await connect(origin, check, until); !connected) co_return connected;
    failed = co_await exchange(request, until);
  }
  if (failed)
    co_return fail(ErrorCode::unavailable,
                   origin.url() + " " + words_of(failed) +
                       (origin.scheme == HttpScheme::http && !is_kept ? tls_advice(failed, connection_->buffer) : std::string()));
  status_ = static_cast<int>(reading_->parser.get().result_int());
  for (const auto& field : reading_->parser.get())
    headers_.emplace(lower_case({field.name_string().data(), field.name_string().size()}),
                     std::string(field.value().data(), field.value().size()));
  co_return Result<void>{};
}

const std::string& HttpCall::header(const std::string& lower_case_name) const {
  static const std::string none;
  const auto known = headers_.find(lower_case_name);
  return known == headers_.end() ? none : known->second;
}

Async<std::string_view> HttpCall::read(SteadyTime until) {
  while (!is_closed_ && reading_) {
    if (reading_->parser.is_done()) {
      keep();
      break;
    }
    auto& body = reading_->parser.get().body();
    body.data = reading_->part.data();
    body.size = reading_->part.size();
    connection_->stream.expires_at(until);
    auto [error, size] = co_await connection_->over(
        [&](auto& stream) { return http::async_read_some(stream, connection_->buffer, reading_->parser, no_throw); });
    if (error == http::error::need_buffer) error = {};
    if (error) co_return fail(ErrorCode::unavailable, place_ + " " + words_of(error));
    const std::size_t came = reading_->part.size() - reading_->parser.get().body().size;
    if (came > 0) co_return std::string_view(reading_->part.data(), came);
  }
  if (is_closed_) co_return fail(ErrorCode::unavailable, place_ + " was hung up on");
  co_return std::string_view();
}

void HttpCall::keep() {
  const bool may_stay = reading_->parser.keep_alive() && !connection_->has_unread();
  if (may_stay) pool_.idle_->put(place_, std::move(connection_));
  connection_.reset();
  reading_.reset();
}

void HttpCall::close() {
  is_closed_ = true;
  if (patience_) patience_->cancel();
  if (connection_) connection_->stream.close();
}

}  // namespace orc
