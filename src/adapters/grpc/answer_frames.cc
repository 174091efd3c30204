#include "adapters/grpc/answer_frames.h"

#include <nghttp2/nghttp2.h>
#include <string>
#include <string_view>
#include <vector>

#include "domain/assert.h"

namespace orc {
namespace {

// nghttp2 copies both texts.
nghttp2_nv field(std::string_view name, std::string_view value) {
  const auto bytes = [](std::string_view text) { return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data())); };
  return {.name = bytes(name), .value = bytes(value), .namelen = name.size(), .valuelen = value.size(), .flags = NGHTTP2_NV_FLAG_NONE};
}

// How a call ended, as fields. Outlives the fields that show it.
struct EndTexts {
  std::string code;
  std::string message;

  explicit EndTexts(const GrpcStatus& end)
      : code(std::to_string(static_cast<int>(end.code))), message(percent_encoded_message(end.message)) {}

  void add_to(std::vector<nghttp2_nv>& fields) const {
    fields.push_back(field("grpc-status", code));
    if (!message.empty()) fields.push_back(field("grpc-message", message));
  }
};

ssize_t give_messages(nghttp2_session* session, std::int32_t stream_id, std::uint8_t* room, std::size_t size, std::uint32_t* flags,
                      nghttp2_data_source* source, void*) {
  LiveCall& call = *static_cast<LiveCall*>(source->ptr);
  const std::size_t given = call.give_output({room, size});
  if (call.has_output()) return static_cast<ssize_t>(given);
  if (!call.end()) return given > 0 ? static_cast<ssize_t>(given) : NGHTTP2_ERR_DEFERRED;
  *flags |= NGHTTP2_DATA_FLAG_EOF;
  if (!call.speaks_grpc()) return static_cast<ssize_t>(given);
  *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
  const EndTexts end(*call.end());
  std::vector<nghttp2_nv> trailers;
  end.add_to(trailers);
  if (nghttp2_submit_trailer(session, stream_id, trailers.data(), trailers.size()) != 0) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  return static_cast<ssize_t>(given);
}

}  // namespace

int submit_end_only(nghttp2_session* session, LiveCall& call) {
  ORC_ASSERT(call.end().has_value());
  const std::string status = std::to_string(call.http_status());
  const EndTexts end(*call.end());
  std::vector<nghttp2_nv> fields{field(":status", status), field("content-type", "application/grpc"),
                                 field("grpc-accept-encoding", "identity,gzip")};
  end.add_to(fields);
  return nghttp2_submit_response(session, call.stream_id(), fields.data(), fields.size(), nullptr);
}

int submit_messages(nghttp2_session* session, LiveCall& call) {
  const std::string status = std::to_string(call.http_status());
  std::vector<nghttp2_nv> fields{field(":status", status),
                                 field("content-type", call.speaks_grpc() ? "application/grpc" : "text/plain; charset=utf-8")};
  if (call.speaks_grpc()) fields.push_back(field("grpc-accept-encoding", "identity,gzip"));
  if (call.answer_encoding() == GrpcEncoding::gzip) fields.push_back(field("grpc-encoding", "gzip"));
  const nghttp2_data_provider messages{.source = {.ptr = &call}, .read_callback = &give_messages};
  return nghttp2_submit_response(session, call.stream_id(), fields.data(), fields.size(), &messages);
}

}  // namespace orc
