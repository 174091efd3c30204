#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>

namespace orc {

// Why a message is refused: the status to answer with and a sentence for people. The connection is closed after it, as nobody
// can say where the next request would begin.
struct HttpRefusal {
  int status;
  std::string sentence;
  bool operator==(const HttpRefusal&) const = default;
};

inline std::unexpected<HttpRefusal> refuse(int status, std::string sentence) {
  return std::unexpected(HttpRefusal{status, std::move(sentence)});
}

namespace http_grammar {

// One bit per set of characters.
enum : std::uint8_t { token = 1, value = 2, path = 4, query = 8, host = 16, digit = 32, hex = 64 };

consteval std::array<std::uint8_t, 256> character_sets() {
  std::array<std::uint8_t, 256> sets{};
  const auto add = [&sets](std::string_view characters, std::uint8_t set) {
    for (const char c : characters) sets[static_cast<unsigned char>(c)] |= set;
  };
  constexpr std::string_view alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  add(alphanumeric, token | path | query | host);
  add("!#$%&'*+-.^_`|~", token);                // RFC 9110 5.6.2
  add("-._~!$&'()*+,=:@%/", path);              // RFC 3986 3.3, without ';'
  add("-._~!$&'()*+,;=:@%/?[]{}|\\^`", query);  // RFC 3986 3.4 and what browsers leave as it is
  add("-._~!$&'()*+,;=:[]%", host);             // RFC 3986 3.2.2 with a port
  add("0123456789", digit | hex);
  add("ABCDEFabcdef", hex);
  for (unsigned c = 0x20; c < 256; ++c) sets[c] |= c == 0x7f ? std::uint8_t{0} : std::uint8_t{value};  // RFC 9110 5.5 with obs-text
  sets['\t'] |= value;
  return sets;
}

inline constexpr std::array<std::uint8_t, 256> sets = character_sets();

inline bool is(char c, std::uint8_t set) { return (sets[static_cast<unsigned char>(c)] & set) != 0; }

// True if every character is in the set; true for an empty text.
inline bool all(std::string_view text, std::uint8_t set) {
  std::uint8_t common = set;
  for (const char c : text) common &= sets[static_cast<unsigned char>(c)];
  return common == set;
}

inline std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace http_grammar

}  // namespace orc
