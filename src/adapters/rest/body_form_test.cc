#include "adapters/rest/body_form.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

TEST(body_form, a_form_is_decoded_as_browsers_code_it) {
  const auto fields = read_form("a=1+2&b=%C3%BC%26&c&=d&&a=");
  const std::vector<HttpParameter> wanted = {{"a", "1 2"}, {"b", "ü&"}, {"c", ""}, {"", "d"}, {"a", ""}};
  EXPECT_EQ(fields, wanted);
  EXPECT_EQ(read_form(""), std::vector<HttpParameter>{});
}

TEST(body_form, what_is_no_form_is_refused) {
  std::string many;
  for (int i = 0; i < 101; ++i) many += "a=1&";
  for (const std::string body : {"a=%", "a=%1", "a=%zz", "%ff=1", "a=%C3", many.c_str()}) EXPECT_FALSE(read_form(body)) << body;
}

TEST(body_form, a_body_is_announced_by_length_or_coding) {
  const struct {
    std::string name, value;
    bool announced;
  } cases[] = {{"Host", "x", false},
               {"Content-Length", "0", false},
               {"Content-Length", "00", false},
               {"Content-Length", "10", true},
               {"Transfer-Encoding", "chunked", true}};
  for (const auto& [name, value, announced] : cases) {
    HttpRequestHead head;
    head.headers.add(name, value);
    EXPECT_EQ(announces_body(head), announced) << name << value;
  }
}

}  // namespace
}  // namespace orc
