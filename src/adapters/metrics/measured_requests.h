#pragma once

#include <string>
#include <utility>

#include "adapters/http/http_handler.h"
#include "adapters/metrics/metrics.h"

namespace orc {

// MeasuredRequests counts what an HTTP server tells, and tells another observer too. I/O thread only.
class MeasuredRequests final : public HttpObserver {
 public:
  // Both outlive the observer. `listener` is the label of the server that tells, such as "api": one observer for each.
  MeasuredRequests(HttpObserver& next, Metrics& metrics, std::string listener)
      : next_(next), metrics_(metrics), listener_(std::move(listener)) {}

  void request_finished(const FinishedRequest& request) override;
  void connections_changed(std::size_t open) override;
  void connection_cut(HttpCut why, std::string_view peer_address) override;
  void handler_failed(std::string_view request_id, std::string_view what) override;

 private:
  HttpObserver& next_;
  Metrics& metrics_;
  const std::string listener_;
};

}  // namespace orc
