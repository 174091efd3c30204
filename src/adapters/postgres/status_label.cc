#include "adapters/postgres/status_label.h"

#include <algorithm>
#include <array>
#include <utility>

#include "domain/assert.h"

namespace orc::postgres {
namespace {

constexpr std::array<std::string_view, job_statuses.size()> labels = {"QUEUED", "PROCESSING", "COMPLETED", "FAILED", "CANCELLED"};

}  // namespace

std::string_view status_label(JobStatus status) { return labels.at(std::to_underlying(status)); }

JobStatus status_of_label(std::string_view label) {
  const auto found = std::ranges::find(labels, label);
  ORC_ASSERT(found != labels.end());
  return static_cast<JobStatus>(found - labels.begin());
}

}  // namespace orc::postgres
