#include "domain/plugin/image_reference.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

const std::string digest = "sha256:" + std::string(64, 'a');

TEST(image_reference, whatever_says_the_same_reads_alike) {
  const struct {
    std::string text, canonical;
  } cases[] = {
      {"alpine", "docker.io/library/alpine:latest"},
      {"alpine:3.20", "docker.io/library/alpine:3.20"},
      {"docker.io/library/alpine:3.20", "docker.io/library/alpine:3.20"},
      {"somebody/word-count:1", "docker.io/somebody/word-count:1"},
      {"ghcr.io/a/b/c", "ghcr.io/a/b/c:latest"},
      {"127.0.0.1:5000/one", "127.0.0.1:5000/one:latest"},
      {"localhost/one:v1_2.3-x", "localhost/one:v1_2.3-x"},
      {"registry.example/a__b--c.d@" + digest, "registry.example/a__b--c.d@" + digest},
      {"one:1@" + digest, "docker.io/library/one:1@" + digest},
  };
  for (const auto& [text, canonical] : cases) {
    const auto reference = parse_image_reference(text);
    ASSERT_TRUE(reference) << text;
    EXPECT_EQ(reference->canonical(), canonical);
    EXPECT_EQ(parse_image_reference(canonical), reference) << text;
  }
}

// attacks.md, P12.
TEST(image_reference, what_is_none_is_refused) {
  for (const std::string& text : {std::string(),
                                  std::string("--privileged"),
                                  std::string("-v /:/h x"),
                                  std::string("x;id"),
                                  std::string("Upper"),
                                  std::string("Upper/case"),
                                  std::string("a/Upper:1"),
                                  std::string(2048, 'a'),
                                  std::string(300, 'a'),
                                  std::string("a b"),
                                  std::string("a\nb"),
                                  std::string("/a"),
                                  std::string("a/"),
                                  std::string("a//b"),
                                  std::string("../a"),
                                  std::string("a/../b"),
                                  std::string("a..b"),
                                  std::string("a___b"),
                                  std::string("a-"),
                                  std::string("a:"),
                                  std::string("a:-t"),
                                  std::string("a:" + std::string(129, 't')),
                                  std::string("a@sha256:12"),
                                  std::string("a@md5:" + std::string(32, 'a')),
                                  std::string("host.example:port/a"),
                                  std::string("-h.example/a"),
                                  std::string("http://h/a"),
                                  std::string("a$(id)"),
                                  std::string("ä")})
    EXPECT_FALSE(parse_image_reference(text)) << text;
}

}  // namespace
}  // namespace orc
