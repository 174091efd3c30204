#include "adapters/json/json_writer.h"

#include <charconv>
#include <cmath>

#include "adapters/json/utf8.h"

namespace orc {
namespace {

void append_escape(std::string& out, char c) {
  constexpr std::string_view hex = "0123456789abcdef";
  out += '\\';
  switch (c) {
    case '"':
    case '\\':
      out += c;
      return;
    case '\b':
      out += 'b';
      return;
    case '\f':
      out += 'f';
      return;
    case '\n':
      out += 'n';
      return;
    case '\r':
      out += 'r';
      return;
    case '\t':
      out += 't';
      return;
    default:
      break;
  }
  const auto code = static_cast<unsigned char>(c);
  out.append("u00");
  out += hex[code >> 4];
  out += hex[code & 0xF];
}

bool is_plain_ascii(char c) {
  const auto code = static_cast<unsigned char>(c);
  return code >= 0x20 && code < 0x80 && c != '"' && c != '\\';
}

}  // namespace

void append_json_string(std::string& out, std::string_view characters) {
  out += '"';
  while (!characters.empty()) {
    std::size_t plain = 0;
    while (plain < characters.size() && is_plain_ascii(characters[plain])) ++plain;
    out.append(characters.substr(0, plain));
    characters.remove_prefix(plain);
    if (characters.empty()) break;
    if (static_cast<unsigned char>(characters.front()) < 0x80) {
      append_escape(out, characters.front());
      characters.remove_prefix(1);
      continue;
    }
    const std::size_t size = utf8_sequence_size(characters);
    out.append(size > 0 ? characters.substr(0, size) : "\xEF\xBF\xBD");
    characters.remove_prefix(size > 0 ? size : 1);
  }
  out += '"';
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  append_json_string(out_, name);
  out_ += ':';
  after_value_ = false;
  return *this;
}

void JsonWriter::value(std::string_view characters) {
  separate();
  append_json_string(out_, characters);
}

void JsonWriter::value(double number) {
  if (!std::isfinite(number)) return value(nullptr);
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, number);
  literal({digits, end.ptr});
}

void JsonWriter::integer(std::int64_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number);
  literal({digits, end.ptr});
}

void JsonWriter::natural(std::uint64_t number) {
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof digits, number);
  literal({digits, end.ptr});
}

}  // namespace orc
