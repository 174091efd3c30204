#pragma once

#include <boost/asio/ip/address.hpp>

namespace orc {

// An IPv4 client of a socket that listens on "::" is known by its IPv4 address.
inline boost::asio::ip::address plain_address(const boost::asio::ip::address& address) {
  if (!address.is_v6() || !address.to_v6().is_v4_mapped()) return address;
  return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
}

}  // namespace orc
