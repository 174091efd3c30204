#pragma once

#include "adapters/grpc/live_call.h"

struct nghttp2_session;

namespace orc {

// Both return nghttp2's error, 0 if there is none. `call` must stay until its stream is closed.

// An answer of no message: one header block with the end. Precondition: call.end().
int submit_end_only(nghttp2_session* session, LiveCall& call);

// The header block, then messages as the call has them; after the last one, the end as trailers. While there is nothing to send,
// nghttp2_session_resume_data() makes it look again.
int submit_messages(nghttp2_session* session, LiveCall& call);

}  // namespace orc
