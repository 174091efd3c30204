#pragma once

#include <sys/types.h>

namespace orc::launch {

// Becomes `id`, which only one run has, and kills everybody who has it too. Meant for what a run left whose own orc-launch was killed.
// 0 if all have got the signal; throws std::runtime_error if it could not become `id`.
int sweep(uid_t id);

}  // namespace orc::launch
