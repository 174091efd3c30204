#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace orc {

// Which network a run sees (contract section 12; docs/decisions/host_network.md): none, or the one of the host that it runs on, with
// everything that listens there. In ascending order: more is reached.
enum class NetworkAccess : std::uint8_t { none, host };

std::string_view to_word(NetworkAccess network);
std::optional<NetworkAccess> network_access_from_word(std::string_view word);

}  // namespace orc
