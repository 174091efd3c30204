#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "adapters/http/byte_budget.h"
#include "adapters/metrics/metrics.h"
#include "ports/callback_store.h"
#include "ports/event_outbox.h"
#include "ports/job_reader.h"
#include "ports/worker_store.h"

namespace orc {

// MetricsPage is the answer to a scrape: the queue as it stands, then everything counted so far.
class MetricsPage {
 public:
  // All outlive the page. I/O thread only, as the budget is. `published_events`: null, if this process publishes none.
  MetricsPage(Metrics& metrics, JobReader& jobs, WorkerStore& workers, CallbackStore& callbacks, DeliberationStore& deliberations,
              EventOutbox* published_events, const ByteBudget& budget)
      : metrics_(metrics),
        jobs_(jobs),
        workers_(workers),
        callbacks_(callbacks),
        deliberations_(deliberations),
        published_events_(published_events),
        budget_(budget) {}

  // A figure that cannot be read now is left out, as Prometheus expects it, and orc_metrics_unread_total counts that.
  boost::asio::awaitable<std::string> text();

 private:
  Async<WorkersReading> workers();

  Metrics& metrics_;
  JobReader& jobs_;
  WorkerStore& workers_;
  CallbackStore& callbacks_;
  DeliberationStore& deliberations_;
  EventOutbox* const published_events_;
  const ByteBudget& budget_;
};

}  // namespace orc
