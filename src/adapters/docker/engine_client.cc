#include "adapters/docker/engine_client.h"

#include <algorithm>
#include <array>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <utility>

#include "adapters/docker/engine_words.h"

namespace orc {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr auto no_throw = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t part_bytes = 16 * 1024;
constexpr std::size_t path_bytes_max = 107;  // sun_path of man 7 unix, less the closing zero

// What a failure of the connection says about the engine.
std::string words_of(const error_code& error) {
  if (error == beast::error::timeout) return "is silent for too long";
  if (error == http::error::body_limit) return "says more than " + std::to_string(engine_reply_bytes_max) + " bytes";
  if (error == http::error::header_limit || error == http::error::buffer_overflow)
    return "sends a header of more than " + std::to_string(engine_header_bytes_max) + " bytes";
  if (error == asio::error::operation_aborted) return "was hung up on";
  if (error == http::error::end_of_stream || error == http::error::partial_message || error == asio::error::eof ||
      error == asio::error::connection_reset || error == asio::error::broken_pipe)
    return "broke off in the midst of its answer";
  return "cannot be understood or reached: " + error.message();
}

}  // namespace

void HangUp::now() {
  hung_up_ = true;
  if (close_) close_();
}

// One connection with one request on it, whose answer is read by whoever made it.
class EngineClient::Connection final : public EngineStream {
 public:
  explicit Connection(const asio::any_io_executor& executor) : stream_(executor), buffer_(engine_header_bytes_max + part_bytes) {}

  asio::awaitable<error_code> connect(const std::string& socket, std::chrono::milliseconds patience) {
    wait_at_most(patience);
    const auto [error] = co_await stream_.async_connect(asio::local::stream_protocol::endpoint(socket), no_throw);
    co_return error;
  }

  asio::awaitable<error_code> send(const http::request<http::string_body>& request) {
    const auto [error, size] = co_await http::async_write(stream_, request, no_throw);
    // One that refuses early may have closed its side; its answer is worth reading.
    if (error == asio::error::broken_pipe || error == asio::error::connection_reset) co_return error_code();
    co_return error;
  }

  template <typename Parser>
  asio::awaitable<error_code> read_head(Parser& parser) {
    parser.header_limit(engine_header_bytes_max);
    const auto [error, size] = co_await http::async_read_header(stream_, buffer_, parser, no_throw);
    co_return error;
  }

  template <typename Parser>
  asio::awaitable<error_code> read_all(Parser& parser) {
    const auto [error, size] = co_await http::async_read(stream_, buffer_, parser, no_throw);
    co_return error;
  }

  template <typename Parser>
  asio::awaitable<error_code> read_part(Parser& parser) {
    const auto [error, size] = co_await http::async_read_some(stream_, buffer_, parser, no_throw);
    co_return error;
  }

  void wait_at_most(std::chrono::milliseconds patience) {
    if (patience == endless_patience) return stream_.expires_never();
    stream_.expires_after(patience);
  }

  Async<std::string_view> read() override {
    if (given_ != 0) buffer_.consume(std::exchange(given_, 0));
    if (buffer_.size() == 0) {
      const auto [error, size] = co_await stream_.async_read_some(buffer_.prepare(part_bytes), no_throw);
      if (error == asio::error::eof) co_return std::string_view();
      if (error) co_return fail(ErrorCode::unavailable, "Docker " + words_of(error));
      buffer_.commit(size);
    }
    given_ = buffer_.size();
    co_return std::string_view(static_cast<const char*>(buffer_.data().data()), given_);
  }

  Async<void> write(std::string_view bytes) override {
    const auto [error, size] = co_await asio::async_write(stream_, asio::buffer(bytes), no_throw);
    if (error) co_return fail(ErrorCode::unavailable, "Docker " + words_of(error));
    co_return Result<void>{};
  }

  void finish_writing() override {
    error_code ignored;  // if the other side is gone it needs no telling
    stream_.socket().shutdown(asio::local::stream_protocol::socket::shutdown_send, ignored);
  }

  void close() override { stream_.close(); }

 private:
  beast::basic_stream<asio::local::stream_protocol> stream_;
  beast::flat_buffer buffer_;
  std::size_t given_ = 0;  // of the buffer's front, by read()
};

// Lets a HangUp close a connection for as long as this lives.
class EngineClient::Connected {
 public:
  Connected(HangUp* hang_up, EngineStream& connection) : hang_up_(hang_up) {
    if (hang_up_ != nullptr) hang_up_->close_ = [&connection] { connection.close(); };
  }
  ~Connected() {
    if (hang_up_ != nullptr) hang_up_->close_ = nullptr;
  }
  Connected(const Connected&) = delete;
  Connected& operator=(const Connected&) = delete;

 private:
  HangUp* const hang_up_;
};

EngineClient::EngineClient(asio::any_io_executor executor, std::string socket)
    : executor_(std::move(executor)), socket_(std::move(socket)) {}

Error EngineClient::explain(const std::string& what) const { return {ErrorCode::unavailable, "Docker at " + socket_ + " " + what}; }

Async<std::unique_ptr<EngineClient::Connection>> EngineClient::send(EngineCall& call) {
  if (socket_.size() > path_bytes_max) co_return std::unexpected(explain("has too long a path for a socket"));
  if (call.hang_up != nullptr && call.hang_up->hung_up_) co_return std::unexpected(explain("was hung up on"));
  auto connection = std::make_unique<Connection>(executor_);
  const Connected connected(call.hang_up, *connection);
  if (const auto error = co_await connection->connect(socket_, call.patience))
    co_return std::unexpected(explain("cannot be reached: " + error.message() + "; is it running, and may this user open the socket?"));
  http::request<http::string_body> request;
  request.version(11);
  request.method_string(beast::string_view{call.method.data(), call.method.size()});
  const bool is_ping = call.target == "/_ping";  // which agrees on the version
  request.target((version_.empty() || is_ping ? "" : "/v" + version_) + call.target);
  request.set(http::field::host, "docker");
  request.set(http::field::user_agent, "orc/" ORC_VERSION);
  request.set(http::field::connection, "close");
  if (call.target.contains("/attach?")) {
    request.set(http::field::connection, "Upgrade");
    request.set(http::field::upgrade, "tcp");
  }
  if (!call.body.empty()) request.set(http::field::content_type, beast::string_view{call.content_type.data(), call.content_type.size()});
  request.body() = std::move(call.body);
  if (call.method != "GET") request.content_length(request.body().size());
  if (const auto error = co_await connection->send(request)) co_return std::unexpected(explain(words_of(error)));
  co_return connection;
}

Async<EngineReply> EngineClient::ask(EngineCall call) {
  auto connection = co_await send(call);
  if (!connection) co_return pass_on(connection);
  const Connected connected(call.hang_up, **connection);
  http::response_parser<http::string_body> parser;
  parser.body_limit(engine_reply_bytes_max);
  if (const auto error = co_await (*connection)->read_head(parser)) co_return std::unexpected(explain(words_of(error)));
  if (const auto error = co_await (*connection)->read_all(parser)) co_return std::unexpected(explain(words_of(error)));
  const auto status = parser.get().result_int();
  if (status >= 400) co_return std::unexpected(engine_refusal(static_cast<int>(status), parser.get().body()));
  const auto version = parser.get()["Api-Version"];
  co_return EngineReply{.api_version = std::string(version.data(), version.size()), .body = std::move(parser.get().body())};
}

Async<void> EngineClient::follow(EngineCall call, std::function<Result<void>(std::string_view)> part) {
  auto connection = co_await send(call);
  if (!connection) co_return pass_on(connection);
  const Connected connected(call.hang_up, **connection);
  http::response_parser<http::buffer_body> parser;
  parser.body_limit(boost::none);
  if (const auto error = co_await (*connection)->read_head(parser)) co_return std::unexpected(explain(words_of(error)));
  const auto status = parser.get().result_int();
  std::array<char, part_bytes> bytes{};
  std::string refusal;
  while (!parser.is_done()) {
    auto& body = parser.get().body();
    body.data = bytes.data();
    body.size = bytes.size();
    (*connection)->wait_at_most(call.patience);
    const auto error = co_await (*connection)->read_part(parser);
    if (error && error != http::error::need_buffer) co_return std::unexpected(explain(words_of(error)));
    const std::string_view came(bytes.data(), bytes.size() - body.size);
    if (status >= 400) {
      refusal.append(came.substr(0, engine_header_bytes_max - std::min<std::size_t>(refusal.size(), engine_header_bytes_max)));
    } else if (!came.empty()) {
      if (auto taken = part(came); !taken) co_return pass_on(taken);
    }
  }
  if (status >= 400) co_return std::unexpected(engine_refusal(static_cast<int>(status), refusal));
  co_return Result<void>{};
}

Async<std::unique_ptr<EngineStream>> EngineClient::open(EngineCall call) {
  auto connection = co_await send(call);
  if (!connection) co_return pass_on(connection);
  const Connected connected(call.hang_up, **connection);
  http::response_parser<http::string_body> parser;
  parser.body_limit(engine_header_bytes_max);
  if (const auto error = co_await (*connection)->read_head(parser)) co_return std::unexpected(explain(words_of(error)));
  const auto status = parser.get().result_int();
  if (status >= 400) {
    if (const auto error = co_await (*connection)->read_all(parser)) co_return std::unexpected(explain(words_of(error)));
    co_return std::unexpected(engine_refusal(static_cast<int>(status), parser.get().body()));
  }
  if (status != 101 && status != 200)  // older engines answer 200 and go on as a stream
    co_return std::unexpected(explain("answers " + std::to_string(status) + " where a stream was asked for"));
  (*connection)->wait_at_most(endless_patience);
  co_return std::unique_ptr<EngineStream>(std::move(*connection));
}

std::string query_encoded(std::string_view text) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  std::string encoded;
  for (const char c : text) {
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || std::string_view("-._~").contains(c)) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += {'%', digits[byte >> 4], digits[byte & 15]};
    }
  }
  return encoded;
}

}  // namespace orc
