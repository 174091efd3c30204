#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "domain/callback/callback.h"
#include "ports/async.h"

namespace orc {

// A try that has not ended after this time is taken for lost with its process, and the delivery is due again.
inline constexpr std::chrono::seconds callback_lease{30};

// CallbackStore is the outbox of ends of jobs that somebody wants to be told of. A row is made in the transaction in which a job with a
// callback_url ends, one for each end, and goes with its job.
// Thread-safe. Each method is one transaction. Every method: unavailable.
// Every implementation passes tests/contract/callback_store_contract.cc.
class CallbackStore {
 public:
  virtual ~CallbackStore() = default;

  // Up to `count` (1..1000) deliveries to `origin` that are due, those first that have been due for longest, each with its number of tries
  // raised. Each goes to one caller and is not due again for callback_lease. An empty list is an answer, and costs no write.
  virtual Async<std::vector<DueCallback>> claim(std::string origin, int count) = 0;

  // How a try ended. Of no effect if the job is gone, or if another try has begun since: that one's end counts.
  virtual Async<void> record(CallbackTry tried) = 0;

  // How many wait for a try, to whatever origin; for the metric.
  virtual Async<std::int64_t> waiting() = 0;

  // Of one job, oldest first; empty if there is none, or no such job.
  virtual Async<std::vector<CallbackDelivery>> deliveries(JobId job) = 0;
};

}  // namespace orc
