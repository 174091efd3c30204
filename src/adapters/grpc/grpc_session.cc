#include "adapters/grpc/grpc_session.h"

#include <algorithm>
#include <chrono>
#include <nghttp2/nghttp2.h>
#include <utility>

#include "adapters/grpc/answer_frames.h"
#include "domain/assert.h"

namespace orc {
namespace {

constexpr std::uint32_t frames_for_a_call = 8;       // what its end gives back to the allowance
constexpr std::uint32_t frames_for_our_reset = 4;    // what a stream costs that the client made us reset
constexpr std::size_t bytes_for_a_frame = 4 * 1024;  // of messages, for their window updates and pings
constexpr std::uint32_t window_size = 256 * 1024;    // of the connection; each call has the protocol's 64 KiB

}  // namespace

GrpcSession::GrpcSession(GrpcSharing& sharing, std::string peer_address, std::function<void()> wake)
    : sharing_(sharing),
      peer_address_(std::move(peer_address)),
      wake_(std::move(wake)),
      held_(sharing.budget, peer_address_),
      allowance_(sharing.limits.idle_frames_max, sharing.limits.idle_frames_per_second),
      began_(std::chrono::steady_clock::now()),
      heard_(began_),
      idle_since_(began_) {
  session_ = new_session();
  const nghttp2_settings_entry settings[] = {
      {NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, sharing.limits.calls_per_connection_max},
      {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, static_cast<std::uint32_t>(sharing.limits.metadata_max)},
  };
  ORC_ASSERT(nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings, std::size(settings)) == 0);
  ORC_ASSERT(nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, window_size) == 0);
}

GrpcSession::~GrpcSession() {
  for (const auto& [id, call] : std::exchange(calls_, {})) call->close();
  nghttp2_session_del(session_);
}

void GrpcSession::receive(std::string_view bytes) {
  heard_ = std::chrono::steady_clock::now();
  asked_.reset();
  receiving_ = true;
  const ssize_t taken = nghttp2_session_mem_recv(session_, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
  receiving_ = false;
  const bool too_many = nghttp2_session_get_outbound_queue_size(session_) > sharing_.limits.outbound_frames_max;
  if (taken == NGHTTP2_ERR_FLOODED || taken == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS || too_many)
    end_with(GrpcCut::flood, NGHTTP2_ENHANCE_YOUR_CALM);
  else if (taken < 0)
    end_with(GrpcCut::bad_protocol, NGHTTP2_PROTOCOL_ERROR);
}

void GrpcSession::gather(std::string& out, std::size_t most) {
  while (out.size() < most) {
    const std::uint8_t* bytes = nullptr;
    const ssize_t size = nghttp2_session_mem_send(session_, &bytes);
    if (size < 0) end_with(GrpcCut::bad_protocol, NGHTTP2_INTERNAL_ERROR);  // out of memory only
    if (size <= 0) return;
    out.append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
  }
}

bool GrpcSession::is_finished() const { return nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0; }

void GrpcSession::announce_stop() {
  nghttp2_submit_shutdown_notice(session_);
  for (const auto& [id, call] : calls_)
    if (call->is_streaming()) call->give_up({GrpcCode::unavailable, "the server is stopping"});
  wake_();
}

void GrpcSession::refuse_calls() {
  if (std::exchange(refuses_, true)) return;
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_), NGHTTP2_NO_ERROR, nullptr, 0);
  wake_();
}

// The GOAWAY that says why is still sent.
void GrpcSession::end_with(GrpcCut why, std::uint32_t http2_error) {
  if (cut_) return;
  cut_ = why;
  nghttp2_session_terminate_session(session_, http2_error);
  if (!receiving_) wake_();
}

void GrpcSession::judge(SteadyTime now) {
  const GrpcLimits& limits = sharing_.limits;
  if (!greeted_ && now - began_ > limits.greeting_max) end_with(GrpcCut::slow_greeting, NGHTTP2_SETTINGS_TIMEOUT);
  if (calls_.empty()) {
    if (now - idle_since_ > limits.idle_max) end_with(GrpcCut::idle, NGHTTP2_NO_ERROR);
    return;
  }
  const auto open = calls_;  // a call that is given up may leave
  for (const auto& [id, call] : open) judge_call(*call, now);
  if (asked_ && now - *asked_ > limits.reader_pause_max) end_with(GrpcCut::silent, NGHTTP2_NO_ERROR);
  if (!asked_ && now - heard_ > limits.silence_max) {
    asked_ = now;
    nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
  }
  wake_();
}

void GrpcSession::judge_call(LiveCall& call, SteadyTime now) {
  const GrpcLimits& limits = sharing_.limits;
  const bool is_late = now - call.request_moved() > limits.request_pause_max || now - call.began() > limits.request_time_max;
  if (!call.end() && !call.request_is_complete() && !call.is_streaming() && is_late)
    call.give_up({GrpcCode::deadline_exceeded, "the request did not come on for too long"});
  else if ((call.end() || call.has_output()) && now - call.answer_moved() > limits.reader_pause_max)
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, call.stream_id(), NGHTTP2_CANCEL);
}

LiveCall* GrpcSession::call_of(std::int32_t stream_id) {
  const auto place = calls_.find(stream_id);
  return place == calls_.end() ? nullptr : place->second.get();
}

void GrpcSession::frame_began(std::uint8_t type, std::size_t length, std::uint8_t flags) {
  const bool is_data = type == NGHTTP2_DATA;
  const bool brings_data = is_data && (length > 0 || (flags & NGHTTP2_FLAG_END_STREAM) != 0);
  if (brings_data) return;
  allowance_.take(1, heard_);
  if (allowance_.is_exceeded()) end_with(GrpcCut::flood, NGHTTP2_ENHANCE_YOUR_CALM);
}

void GrpcSession::frame_sent(std::uint8_t type, std::uint8_t flags, std::int32_t stream_id, std::uint32_t error) {
  if (type == NGHTTP2_RST_STREAM && error != NGHTTP2_NO_ERROR) {
    allowance_.take(frames_for_our_reset, heard_);
    if (allowance_.is_exceeded()) end_with(GrpcCut::flood, NGHTTP2_ENHANCE_YOUR_CALM);
  }
  if (type == NGHTTP2_GOAWAY && error != NGHTTP2_NO_ERROR && !cut_) cut_ = GrpcCut::bad_protocol;  // nghttp2's own judgement
  // Who has its answer need not send the rest of its request (RFC 9113, section 8.1).
  const bool ends = (type == NGHTTP2_HEADERS || type == NGHTTP2_DATA) && (flags & NGHTTP2_FLAG_END_STREAM) != 0;
  if (LiveCall* const call = ends ? call_of(stream_id) : nullptr) call->end_was_sent = true;
  if (ends && nghttp2_session_get_stream_remote_close(session_, stream_id) == 0)
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream_id, NGHTTP2_NO_ERROR);
}

void GrpcSession::data_came(LiveCall& call, std::string_view bytes) {
  moved(bytes.size());
  call.take(bytes);
  nghttp2_session_consume_connection(session_, bytes.size());
  if (call.has_backlog() && call.is_streaming())
    call.unconsumed += bytes.size();
  else
    nghttp2_session_consume_stream(session_, call.stream_id(), bytes.size());
}

void GrpcSession::moved(std::size_t bytes) {
  moved_bytes_ += bytes;
  allowance_.give(static_cast<std::uint32_t>(moved_bytes_ / bytes_for_a_frame));
  moved_bytes_ %= bytes_for_a_frame;
}

void GrpcSession::stream_closed(std::int32_t stream_id) {
  const auto place = calls_.find(stream_id);
  if (place == calls_.end()) return;
  const std::shared_ptr<LiveCall> call = std::move(place->second);
  calls_.erase(place);
  held_bytes_ -= call->counted;
  held_.hold(held_bytes_);
  if (call->end_was_sent)
    allowance_.give(frames_for_a_call);  // what was reset before that brought no work, whatever its answer would have been
  if (calls_.empty()) idle_since_ = std::chrono::steady_clock::now();
  call->close();
}

void GrpcSession::send(LiveCall& call) {
  if (!std::exchange(call.answer_begun, true))
    begin_answer(call);
  else
    nghttp2_session_resume_data(session_, call.stream_id());
  if (!receiving_) wake_();
}

void GrpcSession::begin_answer(LiveCall& call) {
  const bool is_bare = call.end() && !call.has_output();
  const int error = is_bare ? submit_end_only(session_, call) : submit_messages(session_, call);
  // What cannot be answered is reset; the stream's end tells the call.
  if (error != 0) nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, call.stream_id(), NGHTTP2_INTERNAL_ERROR);
}

void GrpcSession::took(LiveCall& call, std::size_t bytes) {
  nghttp2_session_consume_stream(session_, call.stream_id(), bytes);
  if (!receiving_) wake_();
}

bool GrpcSession::count(LiveCall& call, HeldFor purpose, Counting counting) {
  const std::size_t now = call.held();
  const std::size_t together = held_bytes_ - call.counted + now;
  const bool grows = now > call.counted;
  if (grows && counting == Counting::if_there_is_room && !held_.try_hold(together, purpose)) return false;
  if (!grows || counting == Counting::forced) held_.hold(together);
  held_bytes_ = together;
  call.counted = now;
  return true;
}

}  // namespace orc
