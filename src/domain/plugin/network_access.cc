#include "domain/plugin/network_access.h"

namespace orc {

std::string_view to_word(NetworkAccess network) {
  switch (network) {
    case NetworkAccess::none:
      return "none";
    case NetworkAccess::host:
      return "host";
  }
  return {};
}

std::optional<NetworkAccess> network_access_from_word(std::string_view word) {
  for (const NetworkAccess network : {NetworkAccess::none, NetworkAccess::host})
    if (to_word(network) == word) return network;
  return {};
}

}  // namespace orc
