#include "adapters/json_schema/uri_reference.h"

#include <gtest/gtest.h>
#include <string>

namespace orc {
namespace {

TEST(UriReference, resolves_as_rfc_3986_shows) {
  struct Case {
    std::string base;
    std::string reference;
    std::string document;
    std::string fragment;
  };
  const std::string base = "http://a/b/c/d;p?q";
  const Case cases[] = {
      {base, "g:h", "g:h", ""},
      {base, "g", "http://a/b/c/g", ""},
      {base, "./g", "http://a/b/c/g", ""},
      {base, "g/", "http://a/b/c/g/", ""},
      {base, "/g", "http://a/g", ""},
      {base, "//g", "http://g", ""},
      {base, "?y", "http://a/b/c/d;p?y", ""},
      {base, "g?y#s", "http://a/b/c/g?y", "s"},
      {base, "#s", "http://a/b/c/d;p?q", "s"},
      {base, "", "http://a/b/c/d;p?q", ""},
      {base, ".", "http://a/b/c/", ""},
      {base, "..", "http://a/b/", ""},
      {base, "../g", "http://a/b/g", ""},
      {base, "../../g", "http://a/g", ""},
      {base, "../../../g", "http://a/g", ""},
      {base, "/./g", "http://a/g", ""},
      {base, "g;x=1/../y", "http://a/b/c/y", ""},
      {"http://a", "g", "http://a/g", ""},
      {"urn:uuid:deadbeef", "#/$defs/a%25b", "urn:uuid:deadbeef", "/$defs/a%b"},
      {"", "#", "", ""},
      {"", "other.json#x", "other.json", "x"},
      {"folder/one.json", "two.json", "folder/two.json", ""},
      {"http://a/b#old", "#%7G", "http://a/b", "%7G"},
  };
  for (const auto& c : cases) {
    const auto resolved = resolve_reference(c.base, c.reference);
    EXPECT_EQ(resolved.document, c.document) << c.base << " + " << c.reference;
    EXPECT_EQ(resolved.fragment, c.fragment) << c.base << " + " << c.reference;
  }
}

}  // namespace
}  // namespace orc
