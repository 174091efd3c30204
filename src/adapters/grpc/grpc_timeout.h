#pragma once

#include <chrono>
#include <optional>
#include <string_view>

namespace orc {

// The time that a field grpc-timeout gives: 1 to 8 digits and a unit of H, M, S, m, u, n ("gRPC over HTTP2", Timeout). At most
// `most`; nothing if it is malformed.
std::optional<std::chrono::nanoseconds> parse_grpc_timeout(std::string_view field, std::chrono::nanoseconds most);

}  // namespace orc
