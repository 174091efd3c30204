#include "adapters/json/json_value.h"

#include <charconv>
#include <utility>

#include "adapters/json/json_decimal.h"
#include "domain/assert.h"

namespace orc {
namespace {

unsigned hex_value(char c) {
  if (c <= '9') return static_cast<unsigned>(c - '0');
  return static_cast<unsigned>((c | 0x20) - 'a') + 10;
}

unsigned code_unit(std::string_view digits) {
  unsigned unit = 0;
  for (const char c : digits.substr(0, 4)) unit = unit * 16 + hex_value(c);
  return unit;
}

void append_code_point(std::string& out, unsigned c) {
  const auto tail = [c](unsigned shift) { return static_cast<char>(0x80 | ((c >> shift) & 0x3F)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | (c >> 6));
    out += tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | (c >> 12));
    out += tail(6);
    out += tail(0);
  } else {
    out += static_cast<char>(0xF0 | (c >> 18));
    out += tail(12);
    out += tail(6);
    out += tail(0);
  }
}

char short_escape(char c) {
  switch (c) {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    default:
      return c;  // quote, backslash, slash
  }
}

// `inside` has been checked by the parser: every escape is complete and surrogates come in pairs.
void append_unescaped(std::string& out, std::string_view inside) {
  while (!inside.empty()) {
    const std::size_t plain = std::min(inside.find('\\'), inside.size());
    out.append(inside.substr(0, plain));
    inside.remove_prefix(plain);
    if (inside.empty()) return;
    if (inside[1] != 'u') {
      out += short_escape(inside[1]);
      inside.remove_prefix(2);
      continue;
    }
    unsigned c = code_unit(inside.substr(2));
    inside.remove_prefix(6);
    if (c >= 0xD800 && c < 0xDC00) {
      c = 0x10000 + ((c - 0xD800) << 10) + (code_unit(inside.substr(2)) - 0xDC00);
      inside.remove_prefix(6);
    }
    append_code_point(out, c);
  }
}

}  // namespace

std::string_view name_of(JsonKind kind) {
  switch (kind) {
    case JsonKind::null:
      return "null";
    case JsonKind::boolean:
      return "boolean";
    case JsonKind::number:
      return "number";
    case JsonKind::string:
      return "string";
    case JsonKind::array:
      return "array";
    case JsonKind::object:
      return "object";
  }
  std::unreachable();
}

std::string_view JsonValue::string(std::string& scratch) const {
  ORC_ASSERT(is_string());
  const std::string_view inside = raw().substr(1, raw().size() - 2);
  if (!node_->escaped) return inside;
  scratch.clear();
  append_unescaped(scratch, inside);
  return scratch;
}

std::string JsonValue::string() const {
  std::string scratch;
  const std::string_view characters = string(scratch);
  return node_->escaped ? std::move(scratch) : std::string(characters);
}

bool JsonValue::is_string_equal_to(std::string_view characters) const {
  if (!is_string()) return false;
  if (!node_->escaped) return raw().substr(1, raw().size() - 2) == characters;
  std::string scratch;
  return string(scratch) == characters;
}

std::optional<bool> JsonValue::as_boolean() const {
  if (!is_boolean()) return std::nullopt;
  return raw() == "true";
}

std::optional<std::int64_t> JsonValue::as_int64() const {
  if (!is_number()) return std::nullopt;
  return JsonDecimal(raw()).as_int64();
}

std::optional<double> JsonValue::as_double() const {
  if (!is_number()) return std::nullopt;
  double value = 0;
  const std::string_view digits = raw();
  // The parser refused what overflows, so the only failure left is a value too small, which is 0.
  const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (end.ec != std::errc()) return digits.front() == '-' ? -0.0 : 0.0;
  return value;
}

std::optional<std::string> JsonValue::as_string() const {
  if (!is_string()) return std::nullopt;
  return string();
}

JsonElements JsonValue::elements() const {
  if (!is_array()) return {node_, node_, text_};
  return {node_ + 1, node_ + node_->span, text_};
}

JsonMembers JsonValue::members() const {
  if (!is_object()) return {node_, node_, text_};
  return {node_ + 1, node_ + node_->span, text_};
}

std::optional<JsonValue> JsonValue::find(std::string_view key) const {
  for (const auto& member : members()) {
    if (member.key.is_string_equal_to(key)) return member.value;
  }
  return std::nullopt;
}

}  // namespace orc
