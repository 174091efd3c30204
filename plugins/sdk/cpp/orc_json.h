// What orc_plugin.h needs of JSON (RFC 8259): to find a member of an object, and to write a string. It is no parser: it decodes no strings,
// finds names only as they are spelled, without escapes, and checks nothing. A plugin that reads more takes a JSON library.
#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace orc_plugin {

// Where the string of JSON ends that begins at `object[at]`: the place of its last quotation mark.
inline std::size_t end_of_string(std::string_view object, std::size_t at) {
  for (++at; at < object.size() && object[at] != '"'; ++at) {
    if (object[at] == '\\') ++at;
  }
  return at;
}

// The member `name` of a well-formed object as it stands there, a string with its quotation marks. "null" if there is none.
inline std::string_view member(std::string_view object, std::string_view name) {
  constexpr std::string_view blanks = " \t\r\n";
  std::string_view last_string, key;  // of those that stand directly in the object
  std::size_t value = 0, depth = 0;
  for (std::size_t at = 0; at < object.size(); ++at) {
    const char c = object[at];
    if (depth == 1 && c == ':') {
      key = last_string;
      value = object.find_first_not_of(blanks, at + 1);
    } else if (depth == 1 && (c == ',' || c == '}') && key == name) {
      return object.substr(value, object.find_last_not_of(blanks, at - 1) + 1 - value);
    } else if (c == '"') {
      const std::size_t begin = at + 1;
      at = end_of_string(object, at);
      if (depth == 1) last_string = object.substr(begin, at - begin);
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return "null";
}

// The bytes of the well-formed character of UTF-8 (RFC 3629) that `text` begins with, or 0. Characters sort as their bytes do.
inline std::size_t character_size(std::string_view text) {
  const auto is_between = [text](std::string_view least, std::string_view end) { return least <= text && text < end; };
  std::size_t size = 0;
  if (text < "\x80") size = 1;
  if (is_between("\xc2", "\xe0")) size = 2;
  if (is_between("\xe0\xa0", "\xed\xa0") || is_between("\xee", "\xf0")) size = 3;  // what is left out are surrogates
  if (is_between("\xf0\x90", "\xf4\x90")) size = 4;
  for (std::size_t i = 1; i < size; ++i) {
    if (i == text.size() || (text[i] & 0xc0) != 0x80) return 0;
  }
  return size;
}

// As a string of JSON. A byte that belongs to no character becomes U+FFFD, as in the log of a job.
inline std::string quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    std::size_t size = character_size(text);
    if (size == 0) {
      out += "\\ufffd";
      size = 1;
    } else if (text < " ") {
      char escape[16];
      std::snprintf(escape, sizeof escape, "\\u%04x", text[0]);
      out += escape;
    } else {
      if (text[0] == '"' || text[0] == '\\') out += '\\';
      out += text.substr(0, size);
    }
    text.remove_prefix(size);
  }
  return out + '"';
}

}  // namespace orc_plugin
