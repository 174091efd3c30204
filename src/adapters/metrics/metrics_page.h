#pragma once

#include <boost/asio/awaitable.hpp>
#include <string>

#include "adapters/metrics/metrics.h"
#include "ports/job_reader.h"

namespace orc {

// MetricsPage is the answer to a scrape: the queue as it stands, then everything counted so far.
class MetricsPage {
 public:
  // Both outlive the page.
  MetricsPage(Metrics& metrics, JobReader& jobs) : metrics_(metrics), jobs_(jobs) {}

  // If the store cannot be read the queue's figures are those of the last scrape; the rest still tells why.
  boost::asio::awaitable<std::string> text();

 private:
  Metrics& metrics_;
  JobReader& jobs_;
};

}  // namespace orc
