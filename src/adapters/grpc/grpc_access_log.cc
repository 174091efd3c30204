#include "adapters/grpc/grpc_access_log.h"

namespace orc {
namespace {

LogLevel level_of(GrpcCode code) {
  switch (code) {
    case GrpcCode::ok:
    case GrpcCode::cancelled:
      return LogLevel::debug;
    case GrpcCode::invalid_argument:
    case GrpcCode::not_found:
    case GrpcCode::already_exists:
    case GrpcCode::permission_denied:
    case GrpcCode::failed_precondition:
    case GrpcCode::aborted:
    case GrpcCode::out_of_range:
    case GrpcCode::unimplemented:
    case GrpcCode::unauthenticated:
      return LogLevel::info;
    case GrpcCode::unknown:
    case GrpcCode::deadline_exceeded:
    case GrpcCode::resource_exhausted:
    case GrpcCode::internal:
    case GrpcCode::unavailable:
    case GrpcCode::data_loss:
      return LogLevel::warning;
  }
  return LogLevel::warning;  // a number that is none of gRPC's
}

double milliseconds(std::chrono::nanoseconds duration) { return static_cast<double>(duration.count() / 1000) / 1000.0; }

}  // namespace

std::string_view to_word(GrpcCut why) {
  switch (why) {
    case GrpcCut::slow_greeting:
      return "slow greeting";
    case GrpcCut::bad_protocol:
      return "bad protocol";
    case GrpcCut::flood:
      return "flood";
    case GrpcCut::metadata:
      return "metadata";
    case GrpcCut::idle:
      return "idle";
    case GrpcCut::slow_reader:
      return "slow reader";
    case GrpcCut::silent:
      return "silent";
    case GrpcCut::too_many_connections:
      return "too many connections";
    case GrpcCut::no_descriptors:
      return "no descriptors";
    case GrpcCut::stopping:
      return "stopping";
  }
  return {};
}

void GrpcAccessLog::call_finished(const FinishedGrpcCall& call) {
  log_.write(level_of(call.code), "call answered",
             {{"method", call.method.empty() ? std::string_view("unknown") : call.method},
              {"code", name_of(call.code)},
              {"duration_ms", milliseconds(call.duration)},
              {"bytes_in", static_cast<std::int64_t>(call.bytes_in)},
              {"bytes_out", static_cast<std::int64_t>(call.bytes_out)},
              {"peer", call.peer_address}});
}

void GrpcAccessLog::connections_changed(std::size_t) {}

void GrpcAccessLog::connection_cut(GrpcCut why, std::string_view peer_address) {
  const bool ordinary = why == GrpcCut::idle || why == GrpcCut::stopping;
  log_.write(ordinary ? LogLevel::debug : LogLevel::warning, "connection cut", {{"reason", to_word(why)}, {"peer", peer_address}});
}

void GrpcAccessLog::handler_failed(std::string_view method, std::string_view what) {
  log_.write(LogLevel::error, "call failed", {{"method", method}, {"reason", what}});
}

}  // namespace orc
