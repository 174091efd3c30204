#include <exception>
#include <nghttp2/nghttp2.h>

#include "adapters/grpc/grpc_session.h"
#include "domain/assert.h"

namespace orc {
namespace {

std::string_view text_of(const std::uint8_t* bytes, std::size_t size) { return {reinterpret_cast<const char*>(bytes), size}; }

// Our own count comes first: GrpcLimits::idle_frames_max.
constexpr std::uint64_t resets_max = 1'000'000;

bool is_request(const nghttp2_frame* frame) { return frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST; }

std::uint32_t error_in(const nghttp2_frame* frame) {
  if (frame->hd.type == NGHTTP2_RST_STREAM) return frame->rst_stream.error_code;
  return frame->hd.type == NGHTTP2_GOAWAY ? frame->goaway.error_code : NGHTTP2_NO_ERROR;
}

}  // namespace

// No exception of ours may pass through nghttp2: only memory can run out here, and then the session ends with an error.
struct GrpcSession::Callbacks {
  template <typename Step>
  static int guarded(void* user, Step step) {
    try {
      return step(*static_cast<GrpcSession*>(user));
    } catch (const std::exception&) {
      return NGHTTP2_ERR_CALLBACK_FAILURE;
    }
  }

  static int frame_began(nghttp2_session*, const nghttp2_frame_hd* head, void* user) {
    return guarded(user, [&](GrpcSession& session) {
      session.frame_began(head->type, head->length, head->flags);
      return 0;
    });
  }

  static int headers_began(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    return guarded(user, [&](GrpcSession& session) {
      const std::int32_t id = frame->hd.stream_id;
      if (is_request(frame)) session.calls_.emplace(id, std::make_shared<LiveCall>(session.sharing_, session, id, session.peer_address_));
      return 0;
    });
  }

  // Trailers of a request are counted and dropped.
  static int field_came(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                        const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user) {
    return guarded(user, [&](GrpcSession& session) {
      LiveCall* call = session.call_of(frame->hd.stream_id);
      if (call == nullptr) return 0;
      const std::size_t kept_max = is_request(frame) ? session.sharing_.limits.metadata_max : 0;
      call->head().add(text_of(name, name_size), text_of(value, value_size), kept_max);
      if (call->head().size > session.sharing_.limits.metadata_max * session.sharing_.limits.metadata_cut_factor)
        session.end_with(GrpcCut::metadata, NGHTTP2_ENHANCE_YOUR_CALM);
      return 0;
    });
  }

  static int frame_came(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    return guarded(user, [&](GrpcSession& session) {
      if (frame->hd.type == NGHTTP2_SETTINGS) session.greeted_ = true;
      LiveCall* call = session.call_of(frame->hd.stream_id);
      if (call == nullptr) return 0;
      const std::shared_ptr<LiveCall> kept = call->shared_from_this();
      if (is_request(frame)) call->begin();
      const bool may_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
      if (may_end && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) call->end_request();
      return 0;
    });
  }

  static int data_came(nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t size, void* user) {
    return guarded(user, [&](GrpcSession& session) {
      if (LiveCall* call = session.call_of(id)) session.data_came(*call, text_of(bytes, size));
      return 0;
    });
  }

  static int frame_sent(nghttp2_session*, const nghttp2_frame* frame, void* user) {
    return guarded(user, [&](GrpcSession& session) {
      session.frame_sent(frame->hd.type, frame->hd.flags, frame->hd.stream_id, error_in(frame));
      if (frame->hd.type == NGHTTP2_DATA) session.moved(frame->hd.length);
      return 0;
    });
  }

  static int stream_closed(nghttp2_session*, std::int32_t id, std::uint32_t, void* user) {
    return guarded(user, [&](GrpcSession& session) {
      session.stream_closed(id);
      return 0;
    });
  }

  static nghttp2_session* new_session(GrpcSession* session) {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_option* options = nullptr;
    nghttp2_session* made = nullptr;
    ORC_ASSERT(nghttp2_session_callbacks_new(&callbacks) == 0 && nghttp2_option_new(&options) == 0);
    nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, &frame_began);
    nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, &headers_began);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, &field_came);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, &frame_came);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, &data_came);
    nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, &frame_sent);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, &stream_closed);
    nghttp2_option_set_no_auto_window_update(options, 1);  // a stream's room comes back when its handler has read
    nghttp2_option_set_stream_reset_rate_limit(options, resets_max, resets_max);
    ORC_ASSERT(nghttp2_session_server_new2(&made, callbacks, session, options) == 0);
    nghttp2_option_del(options);
    nghttp2_session_callbacks_del(callbacks);
    return made;
  }
};

nghttp2_session* GrpcSession::new_session() { return Callbacks::new_session(this); }

}  // namespace orc
