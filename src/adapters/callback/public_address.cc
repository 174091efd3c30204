#include "adapters/callback/public_address.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace orc {
namespace {

using boost::asio::ip::address;
using boost::asio::ip::address_v4;
using boost::asio::ip::address_v6;

struct Range4 {
  std::uint32_t first;
  int bits;
};

constexpr std::uint32_t ip(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) { return a << 24 | b << 16 | c << 8 | d; }

constexpr std::array special_4 = {
    Range4{ip(0, 0, 0, 0), 8},        // this network
    Range4{ip(10, 0, 0, 0), 8},       // private
    Range4{ip(100, 64, 0, 0), 10},    // of providers
    Range4{ip(127, 0, 0, 0), 8},      // loopback
    Range4{ip(169, 254, 0, 0), 16},   // link-local, where clouds keep their metadata
    Range4{ip(172, 16, 0, 0), 12},    // private
    Range4{ip(192, 0, 0, 0), 24},     // protocols
    Range4{ip(192, 0, 2, 0), 24},     // documentation
    Range4{ip(192, 88, 99, 0), 24},   // relays of 6to4
    Range4{ip(192, 168, 0, 0), 16},   // private
    Range4{ip(198, 18, 0, 0), 15},    // benchmarks
    Range4{ip(198, 51, 100, 0), 24},  // documentation
    Range4{ip(203, 0, 113, 0), 24},   // documentation
    Range4{ip(224, 0, 0, 0), 3},      // multicast, future use, broadcast
};

bool is_public(const address_v4& address) {
  return std::ranges::none_of(special_4, [value = address.to_uint()](const Range4& range) {
    return value >> (32 - range.bits) == range.first >> (32 - range.bits);
  });
}

// Everything public is within 2000::/3; what is not public in there: 2001::/23 (protocols, Teredo), 2001:db8::/32 and 3fff::/20
// (documentation), 2002::/16 (6to4, which holds an IPv4 address).
bool is_public(const address_v6& address) {
  const auto bytes = address.to_bytes();
  const auto word = [&bytes](std::size_t i) { return static_cast<std::uint32_t>(bytes[i] << 8 | bytes[i + 1]); };
  if ((bytes[0] & 0xe0) != 0x20) return false;
  if (word(0) == 0x2001 && (word(2) < 0x200 || word(2) == 0xdb8)) return false;
  if (word(0) == 0x3fff && word(2) < 0x1000) return false;
  return word(0) != 0x2002;
}

}  // namespace

bool is_public_address(const address& address) { return address.is_v4() ? is_public(address.to_v4()) : is_public(address.to_v6()); }

}  // namespace orc
