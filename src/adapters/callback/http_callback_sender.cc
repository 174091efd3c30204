#include "adapters/callback/http_callback_sender.h"

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <utility>

#include "adapters/callback/callback_message.h"
#include "adapters/callback/public_address.h"
#include "domain/assert.h"

namespace orc {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr int interim_answers_max = 5;

std::optional<asio::ip::address> address_in(const std::string& host) {
  error_code error;
  auto address = asio::ip::make_address(host, error);
  return error ? std::nullopt : std::optional(address);
}

std::unexpected<Error> not_reached(std::string reason) { return fail(ErrorCode::unavailable, std::move(reason)); }

bool has_https(const CallbackOrigins& origins) {
  return std::ranges::any_of(origins.list(), [](const std::string& origin) { return origin.starts_with("https:"); });
}

}  // namespace

// One exchange with its deadline. Lives on the frame of exchange(); whoever cuts it makes what it waits for fail.
class HttpCallbackSender::Call {
 public:
  explicit Call(HttpCallbackSender& sender) : sender_(sender), socket_(sender.executor_), timer_(sender.executor_) {
    sender_.calls_.insert(this);
    timer_.expires_after(sender_.patience_);
    // The deadline may have struck, and wait for its turn, when the exchange ends.
    timer_.async_wait([this, lives = std::weak_ptr<void>(lives_)](const error_code& error) {
      if (!error && !lives.expired()) cut("it did not answer within " + std::to_string(sender_.patience_.count()) + " ms");
    });
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call() {
    sender_.calls_.erase(this);
    timer_.cancel();
  }

  void cut(std::string reason) {
    if (!cut_) cut_ = std::move(reason);
    error_code ignored;  // it is given up either way
    socket_.close(ignored);
    timer_.cancel();  // for whom the addresses are looked up
  }

  // Cancelled when it is cut, which it is when it expires.
  asio::steady_timer& patience() { return timer_; }
  const std::optional<std::string>& why_cut() const { return cut_; }

  // Why, in words: of our own cut, or of `error`.
  std::string words_of(const error_code& error, std::string_view doing) const {
    if (cut_) return *cut_;
    if (error == asio::error::not_found) return "its answer has a header block of more than " + std::to_string(answer_head_max) + " bytes";
    if (error == asio::error::eof || error == asio::error::connection_reset || error == asio::ssl::error::stream_truncated)
      return "it closed the connection without an answer";
    return std::string(doing) + ": " + error.message();
  }

  Async<void> connect(const IpAddresses& addresses, std::uint16_t port) {
    error_code last;
    for (const auto& address : addresses) {
      if (cut_) break;
      error_code ignored;  // of an address that did not answer
      socket_.close(ignored);
      const auto [error] = co_await socket_.async_connect(tcp::endpoint(address, port), no_throw);
      if (!error) co_return Result<void>{};
      last = error;
    }
    co_return not_reached(words_of(last, "it cannot be connected to"));
  }

  template <typename Stream>
  Async<CallbackAnswer> ask(Stream& stream, std::string request) {
    const auto [unsent, size] = co_await asio::async_write(stream, asio::buffer(request), no_throw);
    if (unsent && cut_) co_return not_reached(*cut_);
    // One that refuses early may have closed its side; its answer is worth reading.
    std::string answer;
    for (int i = 0; i < interim_answers_max; ++i) {
      const auto [error, length] =
          co_await asio::async_read_until(stream, asio::dynamic_buffer(answer, answer_head_max), "\r\n\r\n", no_throw);
      if (error) co_return not_reached(words_of(error, "its answer cannot be read"));
      const auto status = status_of_head(answer);
      if (!status || *status >= 200) co_return read_callback_answer(answer);
      answer.erase(0, length);
    }
    co_return not_reached("it sends interim answers without end");
  }

  Async<CallbackAnswer> ask_over_tls(const TlsTrust& trust, const CallbackUrl& url, std::string request) {
    asio::ssl::stream<tcp::socket&> stream(socket_, trust.context());
    if (!TlsTrust::expect(stream.native_handle(), url.host)) co_return not_reached("its name cannot be asked for");
    const auto [error] = co_await stream.async_handshake(asio::ssl::stream_base::client, no_throw);
    if (error) co_return not_reached(cut_.value_or(trust.words_of(error, stream.native_handle())));
    co_return co_await ask(stream, std::move(request));
  }

  tcp::socket& socket() { return socket_; }

 private:
  HttpCallbackSender& sender_;
  tcp::socket socket_;
  asio::steady_timer timer_;
  std::optional<std::string> cut_;
  const std::shared_ptr<void> lives_ = std::make_shared<char>();
};

HttpCallbackSender::HttpCallbackSender(asio::any_io_executor executor, Ports ports, CallbackOrigins origins,
                                       std::chrono::milliseconds patience)
    : executor_(std::move(executor)),
      ports_(std::move(ports)),
      origins_(std::move(origins)),
      patience_(patience),
      trust_(has_https(origins_) ? std::optional(TlsTrust::load("", "SSL_CERT_FILE")) : std::nullopt),
      names_(executor_, ports_.look_up) {}

HttpCallbackSender::~HttpCallbackSender() = default;

void HttpCallbackSender::request_stop() {
  stopping_ = true;
  for (Call* const call : calls_) call->cut("this service stops");
}

// An origin that is an address is allowed by that very address. A name may lead anywhere, today or tomorrow, so it must not lead inside.
Async<IpAddresses> HttpCallbackSender::addresses_of(const CallbackUrl& url, Call& call) {
  if (const auto address = address_in(url.host)) co_return IpAddresses{*address};
  const auto addresses = co_await names_.find(url.host, call.patience());
  if (!addresses) co_return not_reached(stopping_ ? *call.why_cut() : url.host + " " + addresses.error().message);
  IpAddresses good;
  std::ranges::copy_if(*addresses, std::back_inserter(good), is_public_address);
  if (good.empty())
    co_return not_reached(url.host + " leads to " + (addresses->empty() ? "no address" : addresses->front().to_string()) +
                          ", which is not on the public internet; an operator who wants that allows the address itself as an origin");
  co_return good;
}

Async<CallbackAnswer> HttpCallbackSender::exchange(const DueCallback& callback, const CallbackUrl& url) {
  if (stopping_) co_return not_reached("this service stops");
  Call call(*this);
  auto addresses = co_await addresses_of(url, call);
  if (!addresses) co_return pass_on(addresses);
  if (auto connected = co_await call.connect(*addresses, url.port); !connected) co_return pass_on(connected);
  std::string request = callback_request(callback, url, ports_.secrets, ports_.clock.now());
  if (url.scheme == CallbackScheme::http) co_return co_await call.ask(call.socket(), std::move(request));
  ORC_ASSERT(trust_.has_value());  // as the URL's origin is allowed
  if (!*trust_) co_return not_reached(trust_->error().message);
  co_return co_await call.ask_over_tls(**trust_, url, std::move(request));
}

asio::awaitable<CallbackAnswer> HttpCallbackSender::send(const DueCallback& callback) {
  CallbackAnswer answer;
  const auto url = parse_callback_url(callback.url);
  if (!url || !origins_.allow(*url)) {
    answer.reason = "its origin is not one of --callback-origins (any more)";
    co_return answer;
  }
  auto heard = co_await exchange(callback, *url);
  if (heard) co_return std::move(*heard);
  answer.reason = heard.error().message;
  if (stopping_) answer.kind = CallbackAnswer::Kind::cut;
  co_return answer;
}

}  // namespace orc
