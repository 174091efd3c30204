#include "adapters/metrics/measured_requests.h"

namespace orc {
namespace {

std::string_view label_of(HttpCut why) {
  switch (why) {
    case HttpCut::idle:
      return "idle";
    case HttpCut::slow_header:
      return "slow_header";
    case HttpCut::slow_body:
      return "slow_body";
    case HttpCut::slow_reader:
      return "slow_reader";
    case HttpCut::lingering:
      return "lingering";
    case HttpCut::too_many_connections:
      return "too_many_connections";
    case HttpCut::too_many_bytes:
      return "too_many_bytes";
    case HttpCut::no_descriptors:
      return "no_descriptors";
    case HttpCut::stopping:
      return "stopping";
  }
  return {};
}

}  // namespace

void MeasuredRequests::request_finished(const FinishedRequest& request) {
  metrics_.request_answered(request.method, request.route, request.status, request.duration);
  next_.request_finished(request);
}

void MeasuredRequests::connections_changed(std::size_t open) {
  metrics_.connections_open(listener_, open);
  next_.connections_changed(open);
}

void MeasuredRequests::connection_cut(HttpCut why, std::string_view peer_address) {
  metrics_.connection_cut(label_of(why));
  next_.connection_cut(why, peer_address);
}

void MeasuredRequests::handler_failed(std::string_view request_id, std::string_view what) { next_.handler_failed(request_id, what); }

}  // namespace orc
