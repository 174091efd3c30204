#include "adapters/sandbox/plugin_input.h"

#include <gtest/gtest.h>

namespace orc {
namespace {

const std::string a(64, 'a');
const std::string b(64, 'b');

TEST(PluginInputTest, replaces_references_and_no_other_byte) {
  struct Case {
    std::string given;
    std::string text;
    std::size_t blobs;
  };
  const Case cases[] = {
      {R"({"x": 1.50})", R"({"x": 1.50})", 0},
      {R"({"$blob": "sha256:)" + a + R"("})", "\"/input/" + a + "\"", 1},
      {R"({ "f" : {"$blob":"sha256:)" + a + R"("} , "g":[ {"$blob":"sha256:)" + b + R"("}, 1e2 ]})",
       R"({ "f" : "/input/)" + a + R"(" , "g":[ "/input/)" + b + R"(", 1e2 ]})", 2},
      {R"([{"$blob": "sha256:)" + a + R"("},{"$blob": "sha256:)" + a + R"("}])", R"(["/input/)" + a + R"(","/input/)" + a + R"("])", 1},
      {R"({"\u0024blob": "sha256:)" + a + R"("})", "\"/input/" + a + "\"", 1},
      {R"({"$blob": 1})", R"({"$blob": 1})", 0},
      {R"({"$blob": "else"})", R"({"$blob": "else"})", 0},
      {R"({"$blob": "sha256:x", "b": 1})", R"({"$blob": "sha256:x", "b": 1})", 0},
      {R"("{\"$blob\"}")", R"("{\"$blob\"}")", 0},
  };
  for (const Case& one : cases) {
    const auto input = read_plugin_input(one.given, "/input");
    ASSERT_TRUE(input) << one.given << input.error().message;
    EXPECT_EQ(input->text, one.text);
    EXPECT_EQ(input->blobs.size(), one.blobs);
  }
}

TEST(PluginInputTest, a_reference_without_a_hash_is_refused) {
  const auto input = read_plugin_input(R"({"$blob": "sha256:123"})", "/input");
  ASSERT_FALSE(input);
  EXPECT_EQ(input.error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace orc
