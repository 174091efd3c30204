#include "adapters/postgres/status_label.h"

#include <algorithm>
#include <array>
#include <utility>

#include "domain/assert.h"

namespace orc::postgres {
namespace {

constexpr std::array<std::string_view, job_statuses.size()> label_of_status = {"QUEUED", "PROCESSING", "COMPLETED", "FAILED", "CANCELLED"};

}  // namespace

std::string_view status_label(JobStatus status) { return label_of_status.at(std::to_underlying(status)); }

JobStatus status_of_label(std::string_view label) {
  const auto found = std::ranges::find(label_of_status, label);
  ORC_ASSERT(found != label_of_status.end());
  return static_cast<JobStatus>(found - label_of_status.begin());
}

}  // namespace orc::postgres
