#pragma once

#include "adapters/grpc/grpc_observer.h"
#include "ports/event_log.h"

namespace orc {

// GrpcAccessLog writes one line for each call: at debug if all went well, at info if the caller is to change something, as a warning if we
// are. Never a message. I/O thread only.
class GrpcAccessLog final : public GrpcObserver {
 public:
  explicit GrpcAccessLog(EventLog& log) : log_(log) {}

  void call_finished(const FinishedGrpcCall& call) override;
  void connections_changed(std::size_t open) override;
  void connection_cut(GrpcCut why, std::string_view peer_address) override;
  void handler_failed(std::string_view method, std::string_view what) override;

 private:
  EventLog& log_;
};

// "slow greeting", "flood" and so on.
std::string_view to_word(GrpcCut why);

}  // namespace orc
