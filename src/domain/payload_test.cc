#include "domain/payload.h"

#include <algorithm>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace orc {
namespace {

ContentHash hash_of(const std::array<std::uint8_t, 32>& bytes) { return {.bytes = bytes}; }

TEST(ContentHash, reads_as_lower_case_hexadecimal) {
  ContentHash hash;
  hash.bytes.fill(0);
  hash.bytes[0] = 0xAB;
  hash.bytes[31] = 0x0F;
  EXPECT_EQ(to_hex(hash), "ab" + std::string(60, '0') + "0f");
  EXPECT_EQ(content_hash_from_hex(to_hex(hash)), hash);
}

TEST(ContentHash, anything_but_64_lower_case_digits_is_refused_and_quoted) {
  const std::string good(64, 'a');
  ASSERT_TRUE(content_hash_from_hex(good));
  const std::string cases[] = {"",
                               good.substr(1),
                               good + "a",
                               std::string(64, 'A'),
                               "0x" + good.substr(2),
                               good.substr(1) + "g",
                               good.substr(1) + " ",
                               good.substr(1) + '\0',
                               std::string(32, 'a'),
                               std::string(100'000, 'a')};
  for (const std::string& text : cases) {
    const auto parsed = content_hash_from_hex(text);
    ASSERT_FALSE(parsed) << text.substr(0, 80);
    EXPECT_EQ(parsed.error().code, ErrorCode::invalid_argument);
    EXPECT_TRUE(parsed.error().message.contains(text.substr(0, 80)));
    EXPECT_LT(parsed.error().message.size(), 200u);
  }
}

RC_GTEST_PROP(ContentHash, comes_back_from_its_text, (const std::array<std::uint8_t, 32>& bytes)) {
  const auto back = content_hash_from_hex(to_hex(hash_of(bytes)));
  RC_ASSERT(back.has_value());
  RC_ASSERT(*back == hash_of(bytes));
}

RC_GTEST_PROP(ContentHash, orders_as_its_text_does, (const std::array<std::uint8_t, 32>& one, const std::array<std::uint8_t, 32>& other)) {
  RC_ASSERT((hash_of(one) < hash_of(other)) == (to_hex(hash_of(one)) < to_hex(hash_of(other))));
}

RC_GTEST_PROP(ContentHash, any_text_is_either_the_very_name_of_a_hash_or_refused, (const std::string& text)) {
  const auto parsed = content_hash_from_hex(text);
  RC_ASSERT(!parsed || to_hex(*parsed) == text);
}

}  // namespace
}  // namespace orc
