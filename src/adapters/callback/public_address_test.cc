#include "adapters/callback/public_address.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

bool is_public(const char* text) { return is_public_address(boost::asio::ip::make_address(text)); }

TEST(PublicAddress, addresses_of_the_internet_are_public) {
  for (const char* one :
       {"1.1.1.1",        "9.255.255.255",   "11.0.0.0",        "100.63.255.255",       "100.128.0.0", "126.255.255.255",
        "128.0.0.0",      "169.253.255.255", "172.15.255.255",  "172.32.0.0",           "192.0.1.0",   "192.167.255.255",
        "198.17.255.255", "198.20.0.0",      "223.255.255.255", "2606:4700:4700::1111", "2001:200::1", "2001:4860:4860::8888",
        "2a00::1",        "3fff:1000::1"})
    EXPECT_TRUE(is_public(one)) << one;
}

// attacks.md, L1.
TEST(PublicAddress, addresses_that_lead_inside_are_not) {
  for (const char* one : {"0.0.0.0",
                          "10.0.0.1",
                          "100.64.0.1",
                          "100.127.255.255",
                          "127.0.0.1",
                          "127.255.255.255",
                          "169.254.169.254",
                          "172.16.0.1",
                          "172.31.255.255",
                          "192.0.0.1",
                          "192.0.2.1",
                          "192.88.99.1",
                          "192.168.0.1",
                          "198.18.0.1",
                          "198.19.255.255",
                          "198.51.100.1",
                          "203.0.113.1",
                          "224.0.0.1",
                          "240.0.0.1",
                          "255.255.255.255",
                          "::",
                          "::1",
                          "::ffff:127.0.0.1",
                          "::ffff:8.8.8.8",
                          "::7f00:1",
                          "64:ff9b::a00:1",
                          "100::1",
                          "fc00::1",
                          "fd00:ec2::254",
                          "fe80::1",
                          "ff02::1",
                          "2001::1",
                          "2001:db8::1",
                          "2002:7f00:1::",
                          "3fff::1"})
    EXPECT_FALSE(is_public(one)) << one;
}

}  // namespace
}  // namespace orc
