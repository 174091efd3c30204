#include "adapters/grpc/live_call.h"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <exception>
#include <utility>

#include "domain/assert.h"

namespace orc {

namespace asio = boost::asio;

namespace {

constexpr std::size_t kept_buffer_max = 16 * 1024;  // of a stream between two messages

}  // namespace

LiveCall::LiveCall(GrpcSharing& sharing, CallWire& wire, std::int32_t stream_id, std::string peer_address)
    : sharing_(sharing),
      wire_(&wire),
      stream_id_(stream_id),
      peer_address_(std::move(peer_address)),
      began_(std::chrono::steady_clock::now()),
      request_moved_(began_),
      answer_moved_(began_) {}

void LiveCall::begin() {
  auto terms = terms_of(head_, peer_address_, sharing_);
  if (terms) return accept(*terms);
  http_status_ = terms.error().http_status;
  if (!speaks_grpc())
    refusal_ = std::move(terms).error().status;  // told when all was asked: who speaks HTTP alone may hear nothing before
  else
    give_up(std::move(terms).error().status);
}

void LiveCall::accept(CallTerms terms) {
  terms_ = terms;
  answer_encoding_ = terms.encoding;  // who packs can unpack
  reader_.emplace(terms.encoding, sharing_.limits.message_max);
  if (terms.timeout) {
    deadline_ = began_ + *terms.timeout;
    if (*deadline_ <= std::chrono::steady_clock::now()) return give_up({GrpcCode::deadline_exceeded, "the deadline has passed"});
    // The place is given up in finish() and in close(), so before this call goes.
    deadline_place_ = sharing_.deadlines.add(*deadline_, [this] {
      deadline_place_.reset();
      give_up({GrpcCode::deadline_exceeded, "the deadline has passed"});
    });
  }
  if (is_streaming()) start_handler();
}

void LiveCall::take(std::string_view bytes) {
  request_moved_ = std::chrono::steady_clock::now();
  bytes_in_ += bytes.size();
  if (end_ || !reader_) return;  // what follows a refusal
  if (auto read = reader_->read(bytes, inbox_); !read) return give_up(std::move(read).error());
  if (!is_streaming() && inbox_.size() > 1) return give_up({GrpcCode::unimplemented, "the method takes one message, not several"});
  if (!wire_->count(*this, HeldFor::body, CallWire::Counting::if_there_is_room))
    return give_up({GrpcCode::resource_exhausted, "the messages in flight leave no room for this one; try again later"});
  if (is_streaming()) changed();
}

void LiveCall::end_request() {
  request_complete_ = true;
  if (refusal_) return give_up(*std::exchange(refusal_, std::nullopt));
  if (end_ || !reader_) return;
  if (!reader_->is_between_messages()) return give_up({GrpcCode::internal, "the request ends within a message"});
  if (is_streaming()) return changed();
  if (inbox_.empty()) return give_up({GrpcCode::unimplemented, "the method takes one message, but none came"});
  start_handler();
}

void LiveCall::start_handler() {
  if (sharing_.handlers >= sharing_.limits.handlers_max)
    return give_up({GrpcCode::resource_exhausted, "as many calls as there may be are being answered; try again later"});
  if (is_streaming() && sharing_.streaming >= sharing_.limits.streaming_calls_max)
    return give_up({GrpcCode::resource_exhausted, "as many streaming calls as there may be are open; try again later"});
  ++sharing_.handlers;
  if (is_streaming()) ++sharing_.streaming;
  running_ = true;
  sharing_.launch(is_streaming() ? run_stream(shared_from_this()) : run_unary(shared_from_this()));
}

asio::awaitable<void> LiveCall::run_unary(std::shared_ptr<LiveCall> call) {
  const auto& handler = std::get<UnaryHandler>(call->terms_->method->handler);
  std::string message = std::move(call->inbox_.front());
  call->inbox_.clear();
  call->with_handler_ = message.capacity();
  GrpcResult<std::string> answer = end_call(GrpcCode::internal, "the server failed to answer this call; its log has the reason");
  try {
    answer = co_await handler(*call, std::move(message));
  } catch (const std::exception& error) {
    call->sharing_.observer.handler_failed(call->terms_->method->path, error.what());
  }
  --call->sharing_.handlers;
  call->running_ = false;
  call->with_handler_ = 0;
  call->room_.reset();
  if (call->end_ || call->over_) co_return;
  GrpcStatus status;
  if (!answer)
    status = std::move(answer).error();
  else if (auto put = call->put(*answer); !put)
    status = std::move(put).error();
  call->finish(std::move(status));
}

asio::awaitable<void> LiveCall::run_stream(std::shared_ptr<LiveCall> call) {
  GrpcStatus status{GrpcCode::internal, "the server failed to answer this call; its log has the reason"};
  try {
    status = co_await std::get<StreamHandler>(call->terms_->method->handler)(*call);
  } catch (const std::exception& error) {
    call->sharing_.observer.handler_failed(call->terms_->method->path, error.what());
  }
  --call->sharing_.handlers;
  --call->sharing_.streaming;
  call->running_ = false;
  call->room_.reset();
  call->finish(std::move(status));
}

void LiveCall::finish(GrpcStatus status) {
  if (end_ || wire_ == nullptr) return;
  end_ = std::move(status);
  answer_moved_ = std::chrono::steady_clock::now();
  if (deadline_place_) sharing_.deadlines.remove(*std::exchange(deadline_place_, std::nullopt));
  inbox_.clear();
  reader_.reset();
  if (!speaks_grpc() && head_.http_method != "HEAD") out_ = end_->message + "\n";
  wire_->count(*this, HeldFor::answer, CallWire::Counting::forced);  // less than before
  wire_->send(*this);
}

void LiveCall::give_up(GrpcStatus status) {
  finish(std::move(status));
  mark_over();
}

void LiveCall::close() {
  if (wire_ == nullptr) return;
  wire_ = nullptr;
  if (deadline_place_) sharing_.deadlines.remove(*std::exchange(deadline_place_, std::nullopt));
  sharing_.observer.call_finished({.method = terms_ ? std::string_view{terms_->method->path} : std::string_view{},
                                   .peer_address = peer_address_,
                                   .code = end_ ? end_->code : GrpcCode::cancelled,
                                   .duration = std::chrono::steady_clock::now() - began_,
                                   .bytes_in = bytes_in_,
                                   .bytes_out = bytes_out_});
  mark_over();
}

// A small message is sent whatever the budget has: who changed something must hear of it.
GrpcResult<void> LiveCall::put(std::string_view message) {
  if (message.size() > sharing_.limits.answer_max)
    return end_call(GrpcCode::resource_exhausted, "the answer of " + std::to_string(message.size()) + " bytes is larger than " +
                                                      std::to_string(sharing_.limits.answer_max));
  const std::size_t before = out_.size();
  if (!has_output()) answer_moved_ = std::chrono::steady_clock::now();
  const bool packs = message.size() >= sharing_.limits.compressed_min;
  append_message(out_, message, packs ? answer_encoding_ : GrpcEncoding::identity);
  const bool is_small = message.size() <= sharing_.limits.small_answer_max;
  if (wire_->count(*this, HeldFor::answer, is_small ? CallWire::Counting::forced : CallWire::Counting::if_there_is_room)) return {};
  out_.resize(before);
  out_.shrink_to_fit();
  return end_call(GrpcCode::resource_exhausted, "the messages in flight leave no room for the answer; try again later");
}

std::size_t LiveCall::give_output(std::span<std::uint8_t> room) {
  const std::size_t size = std::min(room.size(), out_.size() - out_begin_);
  std::copy_n(out_.data() + out_begin_, size, room.data());
  out_begin_ += size;
  bytes_out_ += size;
  answer_moved_ = std::chrono::steady_clock::now();
  if (out_begin_ == out_.size()) {
    out_begin_ = 0;
    out_.clear();
    if (out_.capacity() > kept_buffer_max) out_.shrink_to_fit();
    wire_->count(*this, HeldFor::answer, CallWire::Counting::forced);
  }
  changed();
  return size;
}

std::size_t LiveCall::held() const {
  std::size_t bytes = out_.capacity() + with_handler_ + (reader_ ? reader_->held() : 0);
  for (const std::string& message : inbox_) bytes += message.capacity();
  return bytes;
}

bool LiveCall::take_room(std::size_t bytes) {
  if (!room_) room_.emplace(sharing_.budget, peer_address_);
  return room_->try_hold(bytes, HeldFor::record);
}

void LiveCall::on_over(std::function<void()> end) {
  if (!over_)
    on_over_ = std::move(end);
  else if (end)
    end();
}

void LiveCall::mark_over() {
  if (std::exchange(over_, true)) return;
  if (const auto end = std::exchange(on_over_, nullptr)) end();
  changed();
}

asio::awaitable<std::optional<std::string>> LiveCall::read() {
  while (!over_ && inbox_.empty() && !request_complete_) co_await change();
  if (over_ || inbox_.empty()) co_return std::nullopt;
  std::string message = std::move(inbox_.front());
  inbox_.pop_front();
  with_handler_ = message.capacity();
  if (inbox_.empty()) wire_->took(*this, std::exchange(unconsumed, 0));
  co_return message;
}

asio::awaitable<bool> LiveCall::write(std::string message) {
  while (!over_ && out_.size() - out_begin_ > sharing_.limits.unsent_max) co_await change();
  if (over_) co_return false;
  if (auto put_in = put(message); !put_in) {
    give_up(std::move(put_in).error());
    co_return false;
  }
  wire_->send(*this);
  co_return true;
}

// One coroutine waits at most: the handler's.
asio::awaitable<void> LiveCall::change() {
  if (!change_) change_.emplace(sharing_.executor);
  change_->expires_at(SteadyTime::max());
  boost::system::error_code ignored;  // cancelled by changed()
  co_await change_->async_wait(asio::redirect_error(asio::use_awaitable, ignored));
}

void LiveCall::changed() {
  if (change_) change_->cancel();
}

}  // namespace orc
