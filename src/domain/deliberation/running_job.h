#pragma once

#include <string>

#include "domain/time.h"

namespace orc {

// What lists tell of a deliberation that runs.
struct RunningJob {
  std::string id;
  std::string task_id;
  std::string role;
  Timestamp created_at{};
  bool has_begun = false;
  bool operator==(const RunningJob&) const = default;
};

}  // namespace orc
