#pragma once

#include <google/protobuf/message_lite.h>
#include <google/protobuf/stubs/logging.h>
#include <string>
#include <string_view>

#include "adapters/grpc/grpc_status.h"

namespace orc {

// The message that `bytes` are. Unknown fields are ignored; what is no such message, is nested too deeply (100 levels, protobuf's own
// limit), or has a text that is no UTF-8 is refused with invalid_argument: it is the client's fault, not ours.
template <typename Message>
GrpcResult<Message> message_from(std::string_view bytes) {
  const google::protobuf::LogSilencer quiet;  // or every client could write to our standard error
  Message message;
  if (message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return message;
  return end_call(GrpcCode::invalid_argument, "the message is no valid " + message.GetTypeName());
}

inline std::string bytes_of(const google::protobuf::MessageLite& message) { return message.SerializeAsString(); }

}  // namespace orc
