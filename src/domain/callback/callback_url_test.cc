#include "domain/callback/callback_url.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

TEST(CallbackUrl, is_taken_to_pieces) {
  struct Case {
    const char* text;
    const char* origin;
    const char* host;
    int port;
    const char* target;
  };
  const Case cases[] = {
      {"https://hooks.example.org/a/b?c=d&e=%20", "https://hooks.example.org", "hooks.example.org", 443, "/a/b?c=d&e=%20"},
      {"HTTPS://Hooks.Example.ORG/A", "https://hooks.example.org", "hooks.example.org", 443, "/A"},
      {"https://hooks.example.org:443", "https://hooks.example.org", "hooks.example.org", 443, "/"},
      {"https://hooks.example.org:8443?x", "https://hooks.example.org:8443", "hooks.example.org", 8443, "/?x"},
      {"http://127.0.0.1:80/", "http://127.0.0.1", "127.0.0.1", 80, "/"},
      {"http://[2001:DB8::1]:9000/x", "http://[2001:db8::1]:9000", "2001:db8::1", 9000, "/x"},
      {"http://[::1]", "http://[::1]", "::1", 80, "/"},
  };
  for (const Case& one : cases) {
    const auto url = parse_callback_url(one.text);
    ASSERT_TRUE(url) << one.text << ": " << url.error().message;
    EXPECT_EQ(url->text, one.text);
    EXPECT_EQ(url->origin, one.origin);
    EXPECT_EQ(url->host, one.host);
    EXPECT_EQ(url->port, one.port);
    EXPECT_EQ(url->target, one.target);
  }
}

// attacks.md, L1 and L4: what a reader might take for another host than a client would connect to.
TEST(CallbackUrl, what_could_be_read_in_two_ways_is_refused) {
  const std::string wrong[] = {"",
                               "hooks.example.org",
                               "ftp://hooks.example.org/",
                               "file:///etc/passwd",
                               "gopher://a/",
                               "unix:/run/x.sock",
                               "https:hooks.example.org",
                               "https:///path",
                               "https://",
                               "https://:443/",
                               "https://user@hooks.example.org/",
                               "https://user:pass@hooks.example.org/",
                               "https://allowed@evil/",
                               "https://allowed#@evil/",
                               "https://allowed\\@evil/",
                               "https://evil\\.allowed/",
                               "https://a%2eexample.org/",
                               "https://a b/",
                               "https://a/b c",
                               "https://a/\r\nX: y",
                               std::string("https://a/\0b", 12),
                               "https://a/#fragment",
                               "https://a/\"",
                               "https://a/\xc3\xa4",
                               "https://\xc3\xa4.example.org/",
                               "https://a:0/",
                               "https://a:65536/",
                               "https://a:080/",
                               "https://a:/",
                               "https://a:-1/",
                               "https://a:80:80/",
                               "https://[::1/",
                               "https://[::1]x/",
                               "https://[]/",
                               "https://[::1%eth0]/",
                               "https://a/" + std::string(callback_url_length_max, 'x')};
  for (const std::string& text : wrong) {
    const auto url = parse_callback_url(text);
    EXPECT_FALSE(url) << text;
    if (!url) EXPECT_TRUE(url.error().message.starts_with("a callback_url ")) << url.error().message;
  }
}

// The list names spellings, so that an address in disguise is no member of it.
TEST(CallbackUrl, only_the_origins_that_are_listed_are_allowed) {
  const CallbackOrigins origins({"https://hooks.example.org", "http://127.0.0.1:9000"});
  const auto allows = [&](const char* text) {
    const auto url = parse_callback_url(text);
    return url && origins.allow(*url);
  };
  for (const char* good : {"https://hooks.example.org/x", "https://HOOKS.example.org:443/", "http://127.0.0.1:9000/y?z"})
    EXPECT_TRUE(allows(good)) << good;
  for (const char* bad : {"http://hooks.example.org/", "https://hooks.example.org:444/", "https://hooks.example.org./",
                          "https://hooks.example.org.evil.org/", "http://127.1:9000/", "http://0x7f000001:9000/", "http://2130706433:9000/",
                          "http://127.0.0.1/", "http://localhost:9000/", "http://[::ffff:127.0.0.1]:9000/", "http://169.254.169.254/"})
    EXPECT_FALSE(allows(bad)) << bad;
  EXPECT_FALSE(CallbackOrigins().allow(*parse_callback_url("https://hooks.example.org/")));
}

}  // namespace
}  // namespace orc
