#pragma once

#include <boost/asio/ip/address.hpp>

namespace orc {

// Whether an address is one of the public internet: not of this host, of a private network, of a link, or of a range that is kept for
// something else (the special-purpose registries of RFC 6890, as of 2024), nor an IPv6 address that stands for an IPv4 one.
bool is_public_address(const boost::asio::ip::address& address);

}  // namespace orc
