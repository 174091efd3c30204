#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "domain/result.h"

namespace orc {

// Where to listen: an address as written and a port, 0 for any free one.
struct ListenAddress {
  std::string host;
  std::uint16_t port = 0;
  bool operator==(const ListenAddress&) const = default;

  bool is_loopback() const;
};

// host:port, with an IPv6 host in brackets; "off" gives nothing.
// Errors: invalid_argument, naming `setting`.
Result<std::optional<ListenAddress>> parse_listen(std::string_view setting, std::string_view text);

}  // namespace orc
