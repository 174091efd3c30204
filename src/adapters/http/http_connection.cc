#include "adapters/http/http_connection.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <exception>
#include <utility>
#include <variant>

#include "adapters/http/http_body_source.h"

namespace orc {

namespace asio = boost::asio;
using Progress = HttpStream::Progress;
using Phase = HttpStream::Phase;

namespace {

constexpr std::size_t kept_body_max = 16 * 1024;    // memory of a body that the next request may reuse
constexpr std::uint64_t body_step_min = 16 * 1024;  // so that a small body grows once only
constexpr std::size_t turn_length = 64;             // pipelined requests before other connections get their turn

// A bijection (splitmix64), so that ids of one run never repeat though they do not count visibly.
std::string request_id_of(std::uint64_t number) {
  number += 0x9e3779b97f4a7c15;
  number = (number ^ (number >> 30)) * 0xbf58476d1ce4e5b9;
  number = (number ^ (number >> 27)) * 0x94d049bb133111eb;
  number ^= number >> 31;
  std::string id(16, '0');
  for (char& digit : id) {
    digit = "0123456789abcdef"[number & 15];
    number >>= 4;
  }
  return id;
}

HttpResponse busy(std::string_view sentence) {
  HttpResponse response = http_problem(503, sentence);
  response.headers.push_back({"Retry-After", "1"});
  return response;
}

}  // namespace

HttpConnection::HttpConnection(asio::ip::tcp::socket socket, HttpSharing& sharing)
    : sharing_(sharing),
      stream_(std::move(socket), sharing.limits, sharing.arrival),
      held_(sharing.budget, stream_.peer_address()),
      head_reader_(sharing.limits) {
  request_.watch_client = [this](std::function<void()> gone) { return stream_.watch_client(std::move(gone)); };
  request_.take_room = [this](std::uint64_t bytes) {
    return held_.try_hold(stream_.unwritten() + request_.body.capacity() + bytes, HeldFor::record);
  };
}

asio::awaitable<void> HttpConnection::serve() {
  patience_ = patience_of(co_await asio::this_coro::executor);
  Next next = Next::request;
  while (next == Next::request) next = co_await serve_request();
  if (next == Next::close && co_await stream_.flush() == Progress::made) {
    held_.hold(0);
    co_await stream_.linger();
  }
  stream_.close();
}

asio::awaitable<void> HttpConnection::turn_away() {
  begin_request();
  finish(busy("Too many connections are open; try again later."), RequestFraming::After::close);
  if (co_await stream_.flush() == Progress::made) co_await stream_.linger();
  stream_.close();
}

asio::awaitable<HttpConnection::Next> HttpConnection::serve_request() {
  if (const Next next = co_await wait_for_head(); next != Next::request) co_return next;
  begin_request();
  const auto framing = head_reader_.read(stream_.unread(), request_);
  if (!framing) co_return refuse_request(framing.error());
  stream_.consume(head_reader_.size());
  head_reader_.reset();

  const Next next = co_await answer(*framing);
  if (next != Next::request) co_return next;
  const bool turn_is_over = ++served_ % turn_length == 0;
  if (turn_is_over || stream_.unwritten() > sharing_.limits.pipelined_bytes_max) {
    if (co_await stream_.flush() == Progress::ended) co_return Next::gone;
    held_.hold(0);
  }
  if (turn_is_over) co_await stream_.step_aside();
  co_return Next::request;
}

// Answers that were gathered are written as soon as the next request is not complete yet.
asio::awaitable<HttpConnection::Next> HttpConnection::wait_for_head() {
  while (true) {
    const auto complete = head_reader_.scan(stream_.unread());
    if (!complete) {
      begin_request();
      co_return refuse_request(complete.error());
    }
    if (*complete) co_return Next::request;
    if (!stream_.out().empty()) {
      if (co_await stream_.flush() == Progress::ended) co_return Next::gone;
      held_.hold(0);
    }
    if (stream_.unread().empty()) {
      const bool is_fresh = served_ == 0;
      if (is_fresh ? sharing_.closing_fresh : sharing_.closing_idle) co_return Next::close;
      stream_.enter(is_fresh ? Phase::fresh : Phase::idle);
    } else {
      stream_.enter(Phase::header);
    }
    if (co_await stream_.fill() == Progress::ended) {
      begin_request();  // the one that did not arrive: a refusal must not bear the marks of the one before
      co_return after_failed_fill();
    }
  }
}

void HttpConnection::begin_request() {
  stream_.enter(Phase::handler);
  request_.method.clear();
  request_.path.clear();
  request_.headers.clear();
  request_.peer_address = stream_.peer_address();
  request_.peer_port = stream_.peer_port();
  request_.request_id = request_id_of(sharing_.request_seed + sharing_.requests++);
  request_.received = std::chrono::steady_clock::now();
  if (patience_) patience_->renew(request_.received);
  request_.context.reset();
}

void HttpConnection::drop_body() {
  request_.body.clear();
  if (request_.body.capacity() > kept_body_max) request_.body.shrink_to_fit();
}

asio::awaitable<HttpConnection::Next> HttpConnection::answer(RequestFraming framing) {
  HeadDecision decision = co_await decision_of_handler();
  if (auto* response = std::get_if<HttpResponse>(&decision)) {
    const bool aligned = skip_body(framing) == Next::request;
    co_return finish(std::move(*response), aligned ? framing.after : RequestFraming::After::close);
  }
  if (framing.body != RequestFraming::Body::none) {
    const Next next = co_await read_body(framing, std::get<BodyRule>(decision));
    if (next != Next::request) co_return next;
    stream_.enter(Phase::handler);
  }
  HttpResponse response = co_await response_of_handler();
  if (response.source) co_return co_await give_parts(std::move(response));
  co_return has_room_for_answer(response) ? finish(std::move(response), framing.after) : refuse_for_room();
}

// A body that comes by and by. What a reader who is slow has not taken yet is one part at most.
asio::awaitable<HttpConnection::Next> HttpConnection::give_parts(HttpResponse response) {
  const std::shared_ptr<HttpBodySource> source = response.source;
  const bool in_chunks = request_.minor_version > 0;
  if (finish(std::move(response), RequestFraming::After::close); request_.method == "HEAD") co_return Next::close;
  stream_.keep_little_unread();
  const auto watch = stream_.watch_client([source] { source->give_up(); });
  if (sharing_.stopping) source->give_up();
  std::string part;
  do {
    if (co_await stream_.flush() == Progress::ended) {
      source->give_up();
      co_return Next::gone;
    }
    held_.hold(source->kept_bytes());
    stream_.enter(Phase::handler);
    try {
      part = co_await source->next();
    } catch (const std::exception& error) {
      sharing_.observer.handler_failed(request_.request_id, error.what());
      co_return Next::gone;
    }
    append_part(stream_.out(), part, in_chunks ? BodyBytes::in_chunks : BodyBytes::until_close);
    if (!held_.try_hold(stream_.unwritten() + source->kept_bytes(), HeldFor::answer)) {
      sharing_.observer.connection_cut(HttpCut::too_many_bytes, stream_.peer_address());
      source->give_up();
      co_return Next::gone;
    }
  } while (!part.empty());
  co_return Next::close;
}

// Makes room for a body of `size` bytes, of at most `size_max` in the end. Memory is taken when bytes are there to fill it, at most twice
// what has come, and never before the budget has agreed: a promised length holds nothing. finish() gives it back.
bool HttpConnection::grow_body(std::uint64_t size, std::uint64_t size_max) {
  if (size <= request_.body.capacity()) return true;
  const std::uint64_t step = std::max<std::uint64_t>(body_step_min, 2 * request_.body.capacity());
  const std::uint64_t capacity = std::max(size, std::min(step, size_max));
  if (!held_.try_hold(capacity + stream_.out().size(), HeldFor::body)) return false;
  std::string grown;
  grown.reserve(static_cast<std::size_t>(capacity));  // of an empty one, as another may take twice what it is told
  grown.append(request_.body);
  request_.body = std::move(grown);
  return true;
}

// What only asked may ask again. What has changed something is told: its answer is about as large as the body that it came with.
bool HttpConnection::has_room_for_answer(const HttpResponse& response) {
  return request_.method != "GET" || held_.try_hold(stream_.out().size() + response.content().size(), HeldFor::answer);
}

HttpConnection::Next HttpConnection::refuse_for_room() {
  sharing_.observer.connection_cut(HttpCut::too_many_bytes, stream_.peer_address());
  return finish(busy("The bodies and answers in flight leave no room for this one; try again later."), RequestFraming::After::close);
}

asio::awaitable<HeadDecision> HttpConnection::decision_of_handler() {
  try {
    co_return co_await sharing_.handler.before_body(request_);
  } catch (const std::exception& error) {
    co_return failed_handler(error.what());
  }
}

asio::awaitable<HttpResponse> HttpConnection::response_of_handler() {
  try {
    co_return co_await sharing_.handler.handle(request_);
  } catch (const std::exception& error) {
    co_return failed_handler(error.what());
  }
}

HttpResponse HttpConnection::failed_handler(std::string_view what) {
  sharing_.observer.handler_failed(request_.request_id, what);
  return http_problem(500, "The server failed to answer this request; its log has the reason.");
}

// A body that nobody wants is dropped if it is here already; otherwise the connection ends, as reading it would be work for nothing.
HttpConnection::Next HttpConnection::skip_body(const RequestFraming& framing) {
  if (framing.body == RequestFraming::Body::none) return Next::request;
  if (framing.body == RequestFraming::Body::chunked || framing.length > stream_.unread().size()) return Next::close;
  stream_.consume(static_cast<std::size_t>(framing.length));
  return Next::request;
}

asio::awaitable<HttpConnection::Next> HttpConnection::read_body(const RequestFraming& framing, const BodyRule& rule) {
  if (framing.body == RequestFraming::Body::length && framing.length > rule.body_max) {
    co_return refuse_request(
        {413, "The body of " + std::to_string(framing.length) + " bytes is larger than " + std::to_string(rule.body_max) + "."},
        rule.advice);
  }
  // Only a look: who could not end should not begin.
  if (framing.body == RequestFraming::Body::length && !held_.could_hold(framing.length + stream_.out().size(), HeldFor::body))
    co_return refuse_for_room();
  if (framing.expectation == RequestFraming::Expectation::go_ahead && stream_.unread().empty()) {
    stream_.out().append("HTTP/1.1 100 Continue\r\n\r\n");
    if (co_await stream_.flush() == Progress::ended) co_return Next::gone;
  }
  if (framing.body == RequestFraming::Body::chunked) co_return co_await read_chunks(rule);
  while (true) {
    const std::uint64_t missing = framing.length - request_.body.size();
    const std::string_view arrived =
        stream_.unread().substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(missing, stream_.unread().size())));
    if (!grow_body(request_.body.size() + arrived.size(), framing.length)) co_return refuse_for_room();
    request_.body.append(arrived);
    stream_.consume(arrived.size());
    if (arrived.size() == missing) co_return Next::request;
    if (const Next next = co_await fill_body(); next != Next::request) co_return next;
  }
}

asio::awaitable<HttpConnection::Next> HttpConnection::read_chunks(const BodyRule& rule) {
  ChunkedBodyReader reader(sharing_.limits, rule.body_max);
  while (true) {
    // What is decoded is never longer than what it is read from.
    if (!grow_body(request_.body.size() + stream_.unread().size(), rule.body_max)) co_return refuse_for_room();
    const auto used = reader.read(stream_.unread(), request_.body);
    if (!used) co_return refuse_request(used.error(), used.error().status == 413 ? rule.advice : std::string_view());
    stream_.consume(*used);
    if (reader.finished()) co_return Next::request;
    if (const Next next = co_await fill_body(); next != Next::request) co_return next;
  }
}

// Answers to earlier requests do not wait for this body.
asio::awaitable<HttpConnection::Next> HttpConnection::fill_body() {
  if (!stream_.out().empty() && co_await stream_.flush() == Progress::ended) co_return Next::gone;
  stream_.enter(Phase::body);
  if (co_await stream_.fill() == Progress::ended) co_return after_failed_fill();
  co_return Next::request;
}

HttpConnection::Next HttpConnection::after_failed_fill() {
  const auto why = stream_.cut_for();
  if (why == HttpCut::slow_header || why == HttpCut::slow_body) {
    return refuse_request({408, "The request did not arrive in time."});
  }
  return Next::gone;
}

HttpConnection::Next HttpConnection::refuse_request(const HttpRefusal& refusal, std::string_view advice) {
  const std::string words = advice.empty() ? refusal.sentence : refusal.sentence + " " + std::string(advice);
  return finish(http_problem(refusal.status, words), RequestFraming::After::close);
}

HttpConnection::Next HttpConnection::finish(HttpResponse response, RequestFraming::After after) {
  if (!fields_are_sound(response)) response = failed_handler("the answer has a field that breaks HTTP framing");
  sharing_.handler.complete(request_, response);
  const bool last = after == RequestFraming::After::close || response.close || response.source || sharing_.stopping ||
                    served_ + 1 >= sharing_.limits.requests_per_connection_max;
  ConnectionField connection = ConnectionField::none;
  if (last) connection = ConnectionField::close;
  if (!last && request_.minor_version == 0) connection = ConnectionField::keep_alive;
  const auto now = std::chrono::time_point_cast<std::chrono::milliseconds>(std::chrono::system_clock::now());
  BodyBytes body = request_.method == "HEAD" ? BodyBytes::left_away : BodyBytes::sent;
  if (response.source) body = request_.minor_version > 0 ? BodyBytes::in_chunks : BodyBytes::until_close;
  const bool is_long = body == BodyBytes::sent && response.body.size() > sharing_.limits.pipelined_bytes_max;
  append_response(stream_.out(), response, sharing_.date_line.at(now), connection, is_long ? BodyBytes::left_away : body);
  sharing_.observer.request_finished({.method = request_.method,
                                      .route = response.route,
                                      .path = request_.path,
                                      .request_id = request_.request_id,
                                      .peer_address = stream_.peer_address(),
                                      .status = response.status,
                                      .duration = std::chrono::steady_clock::now() - request_.received,
                                      .bytes_in = request_.body.size(),
                                      .bytes_out = body == BodyBytes::sent ? response.content().size() : 0});
  if (is_long) stream_.add_long(std::move(response.body));  // flushed at once: it is above what is gathered
  drop_body();
  held_.hold(stream_.unwritten());
  return last ? Next::close : Next::request;
}

}  // namespace orc
