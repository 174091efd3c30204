#pragma once

#include <optional>
#include <string_view>

#include "domain/job/attempt.h"
#include "domain/result.h"

namespace orc {

// How a container ended, as GET /containers/{id}/json says.
struct ContainerState {
  bool is_running = false;
  bool ran_out_of_memory = false;
  int exit_code = 0;
};

// Errors: unavailable, if it is no such answer.
Result<ContainerState> read_container_state(std::string_view body);

// What one line of GET /containers/{id}/stats says was used so far; nothing if it is none, such as that of a container which has just
// ended.
std::optional<Usage> read_container_usage(std::string_view line);

}  // namespace orc
