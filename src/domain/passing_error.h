#pragma once

#include "domain/result.h"

namespace orc {

// Whether the same call may succeed a little later.
inline bool may_pass(const Error& error) { return error.code == ErrorCode::unavailable || error.code == ErrorCode::resource_exhausted; }

}  // namespace orc
