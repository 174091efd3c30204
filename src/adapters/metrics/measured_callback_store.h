#pragma once

#include "adapters/metrics/metrics.h"
#include "ports/callback_store.h"

namespace orc {

// MeasuredCallbackStore counts how tries of callbacks end. Thread-safe as the store behind it is.
class MeasuredCallbackStore final : public CallbackStore {
 public:
  // Both outlive the store.
  MeasuredCallbackStore(CallbackStore& next, Metrics& metrics) : next_(next), metrics_(metrics) {}

  Async<std::vector<DueCallback>> claim(std::string origin, int count) override { return next_.claim(std::move(origin), count); }
  Async<void> record(CallbackTry tried) override {
    metrics_.callback_tried(tried.state);
    return next_.record(std::move(tried));
  }
  Async<std::int64_t> waiting() override { return next_.waiting(); }
  Async<std::vector<CallbackDelivery>> deliveries(JobId job) override { return next_.deliveries(job); }

 private:
  CallbackStore& next_;
  Metrics& metrics_;
};

}  // namespace orc
