#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "adapters/grpc/grpc_status.h"

namespace orc {

// One call that is over.
struct FinishedGrpcCall {
  std::string_view method;  // "/package.Service/Method"; empty for one that is not offered, so that a client cannot make up names
  std::string_view peer_address;
  GrpcCode code;                      // cancelled: nobody waited for the answer
  std::chrono::nanoseconds duration;  // from its header block
  std::uint64_t bytes_in;             // of messages, as they came
  std::uint64_t bytes_out;
};

// Why a connection ended before its client wanted it to.
enum class GrpcCut : std::uint8_t {
  slow_greeting,  // no TLS or HTTP/2 in time
  bad_protocol,   // no TLS, or no HTTP/2
  flood,          // too many frames that bring no work
  metadata,       // a header block far above the limit
  idle,
  slow_reader,
  silent,  // did not answer a ping
  too_many_connections,
  no_descriptors,
  stopping,
};

// GrpcObserver hears what the server does, for metrics and the log. Called on the I/O thread; must neither block nor throw. The views
// live during the call only.
class GrpcObserver {
 public:
  virtual ~GrpcObserver() = default;
  virtual void call_finished(const FinishedGrpcCall& call) = 0;
  virtual void connections_changed(std::size_t open) = 0;
  virtual void connection_cut(GrpcCut why, std::string_view peer_address) = 0;
  virtual void handler_failed(std::string_view method, std::string_view what) = 0;
};

}  // namespace orc
