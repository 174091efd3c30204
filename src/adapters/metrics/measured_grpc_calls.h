#pragma once

#include "adapters/grpc/grpc_observer.h"
#include "adapters/metrics/metrics.h"

namespace orc {

// MeasuredGrpcCalls counts what a gRPC server tells, and tells another observer too. I/O thread only.
class MeasuredGrpcCalls final : public GrpcObserver {
 public:
  // Both outlive the observer.
  MeasuredGrpcCalls(GrpcObserver& next, Metrics& metrics) : next_(next), metrics_(metrics) {}

  void call_finished(const FinishedGrpcCall& call) override;
  void connections_changed(std::size_t open) override;
  void connection_cut(GrpcCut why, std::string_view peer_address) override;
  void handler_failed(std::string_view method, std::string_view what) override;

 private:
  GrpcObserver& next_;
  Metrics& metrics_;
};

}  // namespace orc
