#pragma once

#include <sys/types.h>

namespace orc::launch {

// Kills everybody who has `id`, as only one run has it. Meant for what a run left whose own orc-launch was killed. It acts as `id` and
// stays `spare`, which nobody else has, so that none of them can stop it (man 2 kill). 0 if all have got the signal; throws
// std::runtime_error if it could not become that.
int sweep(uid_t id, uid_t spare);

}  // namespace orc::launch
