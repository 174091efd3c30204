#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "domain/result.h"

namespace orc {

// `plain` as one gzip member (RFC 1952), by the fastest level.
std::string gzip(std::string_view plain);

// What `packed`, one gzip member and nothing behind it, unpacks to. Memory grows with what comes out, never beyond `bytes_max`.
// Errors: resource_exhausted where more would come out; invalid_argument where it is no gzip or is cut short.
Result<std::string> gunzip(std::string_view packed, std::size_t bytes_max);

}  // namespace orc
