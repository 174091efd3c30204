#pragma once

#include <compare>

#include "domain/strong_id.h"

namespace orc {

// The name of one run: a job together with the fence that its claim drew. No two runs share one.
struct RunName {
  JobId job{};
  Fence fence{};
  auto operator<=>(const RunName&) const = default;
};

}  // namespace orc
