#include "adapters/http/http_client.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio/ssl/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/none.hpp>
#include <optional>
#include <utility>

#include "adapters/http/client_stream.h"
#include "adapters/http/http_grammar.h"
#include "adapters/http/http_origin.h"

namespace orc {

namespace asio = boost::asio;
namespace beast = boost::beast;
using boost::system::error_code;

namespace {

constexpr std::uint64_t default_reply_max = 64ULL * 1024 * 1024;
constexpr std::uint32_t reply_header_max = 64 * 1024;
constexpr std::size_t stream_read_bytes = 64 * 1024;

using WireRequest = beast::http::request<beast::http::string_body>;
using WireReply = beast::http::response_parser<beast::http::string_body>;

bool may_be_repeated(std::string_view method) {
  constexpr std::array<std::string_view, 5> idempotent = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS"};  // RFC 9110 9.2.2
  return std::ranges::find(idempotent, method) != idempotent.end();
}

Result<void> check_request(std::string_view method, std::string_view target, const std::vector<HttpField>& headers) {
  namespace grammar = http_grammar;
  if (method.empty() || !grammar::all(method, grammar::token)) return fail(ErrorCode::invalid_argument, "the method is not a token");
  if (!target.starts_with('/') || !grammar::all(target, grammar::query)) {
    return fail(ErrorCode::invalid_argument, "the target \"" + std::string{target} + "\" must begin with '/' and be percent-encoded");
  }
  for (const HttpField& field : headers) {
    if (field.name.empty() || !grammar::all(field.name, grammar::token) || !grammar::all(field.value, grammar::value)) {
      return fail(ErrorCode::invalid_argument, "the header field \"" + field.name + "\" holds a character that HTTP does not allow");
    }
  }
  return {};
}

HttpReply reply_of(WireReply& parser) {
  auto message = parser.release();
  HttpReply reply;
  reply.status = static_cast<int>(message.result_int());
  for (const auto& field : message) {
    reply.headers.add(std::string_view{field.name_string().data(), field.name_string().size()},
                      std::string_view{field.value().data(), field.value().size()});
  }
  reply.body = std::move(message.body());
  return reply;
}

}  // namespace

class HttpClient::Connection {
 public:
  // With `trust`, if the origin is one of https.
  Connection(HttpOrigin origin, std::optional<TlsTrust> trust) : stream_(std::move(origin), std::move(trust)) {}

  Result<HttpReply> request(std::string_view method, std::string_view target, const std::vector<HttpField>& headers, std::string_view body,
                            std::chrono::milliseconds timeout);

  Result<HttpReply> stream(std::string_view target, const std::vector<HttpField>& headers, std::chrono::milliseconds silence_max,
                           const std::function<bool(std::string_view)>& take);

  void interrupt();

  std::uint64_t reply_max = default_reply_max;

 private:
  struct Failure {
    error_code error;
    bool repeatable;  // the kept connection turned out to be dead before a byte of the reply
  };

  std::expected<HttpReply, Failure> exchange(const WireRequest& request, SteadyTime deadline);
  void disconnect();
  WireRequest wire_request(std::string_view method, std::string_view target, const std::vector<HttpField>& headers,
                           std::string_view body) const;
  [[nodiscard]] Error explained(const error_code& error, std::chrono::milliseconds timeout) const;

  // Counts on while one request() lasts: odd numbers are requests.
  class UnderWay {
   public:
    explicit UnderWay(std::atomic<std::uint64_t>& turns) : turns_(turns) { ++turns_; }
    ~UnderWay() { ++turns_; }
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;

   private:
    std::atomic<std::uint64_t>& turns_;
  };

  std::atomic<std::uint64_t> turns_ = 0;
  bool is_interrupted_ = false;  // the present request
  ClientStream stream_;
  beast::flat_buffer buffer_;
};

std::expected<HttpReply, HttpClient::Connection::Failure> HttpClient::Connection::exchange(const WireRequest& request,
                                                                                           SteadyTime deadline) {
  stream_.expires_at(deadline);
  error_code error = stream_.await([&](auto& stream, auto done) { beast::http::async_write(stream, request, done); });
  if (error && error != asio::error::broken_pipe && error != asio::error::connection_reset) return std::unexpected(Failure{error, false});
  // A server that refuses a request early may have closed its side; its answer is worth reading.
  WireReply parser;
  parser.body_limit(reply_max);
  parser.header_limit(reply_header_max);
  if (request.method() == beast::http::verb::head) parser.skip(true);
  const bool sent = !error;
  error = stream_.await([&](auto& stream, auto done) { beast::http::async_read(stream, buffer_, parser, done); });
  if (error) {
    const bool nothing_came = !parser.got_some() && buffer_.size() == 0;
    return std::unexpected(Failure{error, nothing_came && error != beast::error::timeout});
  }
  if (!sent || !parser.keep_alive()) disconnect();
  return reply_of(parser);
}

void HttpClient::Connection::disconnect() {
  buffer_.clear();
  stream_.close();
}

WireRequest HttpClient::Connection::wire_request(std::string_view method, std::string_view target, const std::vector<HttpField>& headers,
                                                 std::string_view body) const {
  WireRequest request;
  request.version(11);
  request.method_string(beast::string_view{method.data(), method.size()});
  request.target(stream_.origin().prefix + std::string{target});
  request.set(beast::http::field::host, stream_.origin().authority());
  for (const HttpField& field : headers) request.insert(field.name, field.value);
  request.body() = body;
  const bool has_body = !body.empty() || method == "POST" || method == "PUT" || method == "PATCH";
  if (has_body) request.content_length(body.size());
  return request;
}

Error HttpClient::Connection::explained(const error_code& error, std::chrono::milliseconds timeout) const {
  if (error == beast::error::timeout) {
    return {ErrorCode::unavailable, stream_.origin().url() + " did not answer within " + std::to_string(timeout.count()) + " ms"};
  }
  if (error == beast::http::error::body_limit) {
    return {ErrorCode::resource_exhausted,
            "the answer of " + stream_.origin().url() + " is larger than " + std::to_string(reply_max) + " bytes"};
  }
  if (error == beast::http::error::end_of_stream || error == beast::http::error::partial_message ||
      error == asio::error::connection_reset || error == asio::error::broken_pipe || error == asio::ssl::error::stream_truncated) {
    return {ErrorCode::unavailable, stream_.origin().url() + " closed the connection before its answer was complete"};
  }
  return {ErrorCode::unavailable, "the exchange with " + stream_.origin().url() + " failed: " + error.message()};
}

Result<HttpReply> HttpClient::Connection::request(std::string_view method, std::string_view target, const std::vector<HttpField>& headers,
                                                  std::string_view body, std::chrono::milliseconds timeout) {
  if (auto checked = check_request(method, target, headers); !checked) return pass_on(checked);
  const UnderWay under_way(turns_);
  is_interrupted_ = false;
  const SteadyTime deadline = std::chrono::steady_clock::now() + timeout;
  const WireRequest request = wire_request(method, target, headers, body);
  while (true) {
    const bool kept = stream_.is_open_still();
    if (!kept) {
      disconnect();
      if (const auto reason = stream_.connect(deadline)) {
        disconnect();
        return fail(ErrorCode::unavailable, "cannot connect to " + stream_.origin().url() + ": " + *reason);
      }
    }
    auto reply = exchange(request, deadline);
    if (reply) return std::move(*reply);
    disconnect();
    if (is_interrupted_) return fail(ErrorCode::unavailable, "the request to " + stream_.origin().url() + " was given up");
    const bool again = kept && reply.error().repeatable && may_be_repeated(method);
    if (!again) return std::unexpected(explained(reply.error().error, timeout));
  }
}

// Takes place on the thread of the request, between two steps of it; what comes too late finds another turn.
void HttpClient::Connection::interrupt() {
  const std::uint64_t turn = turns_;
  if (turn % 2 == 0) return;
  stream_.post([this, turn] {
    if (turns_ != turn) return;
    is_interrupted_ = true;
    stream_.close();
  });
}

// The parser is given room for a little at a time, and what came is handed on at once.
Result<HttpReply> HttpClient::Connection::stream(std::string_view target, const std::vector<HttpField>& headers,
                                                 std::chrono::milliseconds silence_max, const std::function<bool(std::string_view)>& take) {
  if (auto checked = check_request("GET", target, headers); !checked) return pass_on(checked);
  const auto soon = [silence_max] { return std::chrono::steady_clock::now() + silence_max; };
  disconnect();
  if (const auto reason = stream_.connect(soon())) {
    disconnect();
    return fail(ErrorCode::unavailable, "cannot connect to " + stream_.origin().url() + ": " + *reason);
  }
  stream_.expires_at(soon());
  const WireRequest request = wire_request("GET", target, headers, {});
  error_code error = stream_.await([&](auto& stream, auto done) { beast::http::async_write(stream, request, done); });
  beast::http::response_parser<beast::http::buffer_body> parser;
  parser.body_limit(boost::none);
  parser.header_limit(reply_header_max);
  if (!error) error = stream_.await([&](auto& stream, auto done) { beast::http::async_read_header(stream, buffer_, parser, done); });
  HttpReply reply;
  std::array<char, stream_read_bytes> part{};
  buffer_.reserve(stream_read_bytes);  // as much is read as it has room for
  bool wants_more = true;
  while (!error && !parser.is_done() && wants_more) {
    parser.get().body().data = part.data();
    parser.get().body().size = part.size();
    stream_.expires_at(soon());
    error = stream_.await([&](auto& stream, auto done) { beast::http::async_read_some(stream, buffer_, parser, done); });
    if (error == beast::http::error::need_buffer) error = {};
    const std::string_view came(part.data(), part.size() - parser.get().body().size);
    if (parser.get().result_int() != 200)
      reply.body.append(came.substr(0, reply_header_max - std::min<std::size_t>(reply.body.size(), reply_header_max)));
    else if (!came.empty())
      wants_more = take(came);
  }
  reply.status = static_cast<int>(parser.get().result_int());
  disconnect();
  if (error) return std::unexpected(explained(error, silence_max));
  return reply;
}

HttpClient::HttpClient(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

Result<HttpClient> HttpClient::create(std::string_view url) {
  auto origin = parse_http_origin(url);
  if (!origin) return pass_on(origin);
  return HttpClient{std::make_unique<Connection>(std::move(*origin), std::nullopt)};
}

Result<HttpClient> HttpClient::create(std::string_view url, std::optional<TlsTrust> trust) {
  if (!trust) return create(url);
  auto origin = parse_http_or_https_origin(url);
  if (!origin) return pass_on(origin);
  if (origin->scheme == HttpScheme::http) trust.reset();
  return HttpClient{std::make_unique<Connection>(std::move(*origin), std::move(trust))};
}

void HttpClient::set_reply_max(std::uint64_t bytes) { connection_->reply_max = bytes; }

Result<HttpReply> HttpClient::request(std::string_view method, std::string_view target, const std::vector<HttpField>& headers,
                                      std::string_view body, std::chrono::milliseconds timeout) {
  return connection_->request(method, target, headers, body, timeout);
}

void HttpClient::interrupt() { connection_->interrupt(); }

Result<HttpReply> HttpClient::stream(std::string_view target, const std::vector<HttpField>& headers, std::chrono::milliseconds silence_max,
                                     const std::function<bool(std::string_view)>& take) {
  return connection_->stream(target, headers, silence_max, take);
}

}  // namespace orc
