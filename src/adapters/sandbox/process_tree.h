#pragma once

#include <sys/types.h>
#include <vector>

namespace orc {

// The processes that descend from `ancestor` now, its nearest `generations_skipped` left out. Looks at every process of this host once, as
// not every kernel lists children.
std::vector<pid_t> descendants_of(pid_t ancestor, int generations_skipped);

}  // namespace orc
