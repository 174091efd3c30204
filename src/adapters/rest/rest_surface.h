#pragma once

#include <cstdint>

namespace orc {

// What one listener serves: the whole API (port 5900) or the plugin registry alone (port 5901).
enum class RestSurface : std::uint8_t { api, registry };

}  // namespace orc
