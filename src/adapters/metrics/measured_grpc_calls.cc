#include "adapters/metrics/measured_grpc_calls.h"

#include "adapters/grpc/grpc_access_log.h"

namespace orc {

void MeasuredGrpcCalls::call_finished(const FinishedGrpcCall& call) {
  metrics_.grpc_call_answered(call.method, name_of(call.code), call.duration);
  next_.call_finished(call);
}

void MeasuredGrpcCalls::connections_changed(std::size_t open) {
  metrics_.grpc_connections_open(open);
  next_.connections_changed(open);
}

void MeasuredGrpcCalls::connection_cut(GrpcCut why, std::string_view peer_address) {
  metrics_.grpc_connection_cut(to_word(why));
  next_.connection_cut(why, peer_address);
}

void MeasuredGrpcCalls::handler_failed(std::string_view method, std::string_view what) { next_.handler_failed(method, what); }

}  // namespace orc
