// From ECMA-262 regular expressions, read as with its `u` flag where both readings exist, to RE2's syntax.
#include <array>
#include <cstdint>
#include <optional>
#include <utility>

#include "adapters/json/utf8.h"
#include "adapters/json_schema/ecma_category.h"
#include "adapters/json_schema/ecma_pattern.h"

namespace orc {
namespace {

// WhiteSpace and LineTerminator of ECMA-262, and all the rest, as inside of a class.
constexpr std::string_view space_ranges =
    R"(\x{9}-\x{d}\x{20}\x{a0}\x{1680}\x{2000}-\x{200a}\x{2028}\x{2029}\x{202f}\x{205f}\x{3000}\x{feff})";
constexpr std::string_view other_than_space_ranges =
    R"(\x{0}-\x{8}\x{e}-\x{1f}\x{21}-\x{9f}\x{a1}-\x{167f}\x{1681}-\x{1fff}\x{200b}-\x{2027}\x{202a}-\x{202e}\x{2030}-\x{205e})"
    R"(\x{2060}-\x{2fff}\x{3001}-\x{fefe}\x{ff00}-\x{10ffff})";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

class Translator {
 public:
  explicit Translator(std::string_view pattern) : rest_(pattern) {}

  Result<std::string> run() {
    while (!rest_.empty() && fault_.empty()) in_class_ ? inside_class() : outside_class();
    if (fault_.empty() && in_class_) fault_ = "a class [ without its ]";
    if (!fault_.empty()) return fail(ErrorCode::invalid_argument, std::move(fault_));
    return std::move(out_);
  }

 private:
  void outside_class();
  void inside_class();
  void open_class();
  void open_group();
  void escape();
  void property(bool negated);
  void control_letter();
  void unicode_escape();
  std::optional<std::uint32_t> take_hex(std::size_t digits);
  void append_code_point(std::uint32_t code_point);
  void copy(std::size_t size) {
    out_.append(rest_.substr(0, size));
    rest_.remove_prefix(size);
  }
  bool take(std::string_view prefix) {
    if (!rest_.starts_with(prefix)) return false;
    rest_.remove_prefix(prefix.size());
    return true;
  }

  std::string_view rest_;
  std::string out_;
  std::string fault_;
  bool in_class_ = false;
};

void Translator::outside_class() {
  if (take("\\")) {
    escape();
  } else if (take("[")) {
    open_class();
  } else if (take("(")) {
    open_group();
  } else if (take(".")) {
    out_ += R"([^\n\r\x{2028}\x{2029}])";
  } else {
    copy(1);
  }
}

void Translator::open_class() {
  if (take("^]")) {
    out_ += "(?s:.)";
  } else if (take("]")) {
    out_ += R"([^\x{0}-\x{10ffff}])";
  } else {
    out_ += take("^") ? "[^" : "[";
    in_class_ = true;
  }
}

void Translator::inside_class() {
  if (take("\\")) {
    escape();
  } else if (take("[")) {
    out_ += "\\[";  // RE2 would look for [:name:]
  } else {
    in_class_ = rest_.front() != ']';
    copy(1);
  }
}

void Translator::open_group() {
  if (!rest_.starts_with('?')) {
    out_ += "(?:";
    return;
  }
  if (rest_.starts_with("?=") || rest_.starts_with("?!") || rest_.starts_with("?<=") || rest_.starts_with("?<!")) {
    fault_ = "look-around ((?=, (?!, (?<=, (?<!) cannot be matched in linear time";
    return;
  }
  if (rest_.starts_with("?<") || rest_.starts_with("?P<")) {
    const std::size_t end = rest_.find('>');
    if (end == std::string_view::npos) {
      fault_ = "a group name without its >";
      return;
    }
    rest_.remove_prefix(end + 1);
    out_ += "(?:";
    return;
  }
  out_ += '(';  // (?: and flags are alike; RE2 refuses the rest
}

void Translator::append_code_point(std::uint32_t code_point) {
  if (code_point >= 0xD800 && code_point < 0xE000) {
    fault_ = "half of a surrogate pair";
    return;
  }
  constexpr std::string_view digits = "0123456789abcdef";
  out_ += "\\x{";
  for (int shift = 20; shift >= 0; shift -= 4) out_ += digits[(code_point >> shift) & 0xF];
  out_ += '}';
}

std::optional<std::uint32_t> Translator::take_hex(std::size_t digits) {
  if (rest_.size() < digits) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : rest_.substr(0, digits)) {
    if (c >= '0' && c <= '9') {
      value = value * 16 + static_cast<std::uint32_t>(c - '0');
    } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
      value = value * 16 + static_cast<std::uint32_t>((c | 0x20) - 'a') + 10;
    } else {
      return std::nullopt;
    }
  }
  rest_.remove_prefix(digits);
  return value;
}

void Translator::unicode_escape() {
  if (take("{")) {
    const std::size_t end = rest_.find('}');
    const auto value = end == 0 || end > 6 ? std::nullopt : take_hex(end);
    if (!value || *value > 0x10FFFF || !take("}")) {
      fault_ = "\\u{ without one to six hexadecimal digits and }";
      return;
    }
    return append_code_point(*value);
  }
  const auto unit = take_hex(4);
  if (!unit) {
    fault_ = "\\u without four hexadecimal digits";
    return;
  }
  if (*unit < 0xD800 || *unit > 0xDBFF || !take("\\u")) return append_code_point(*unit);
  const auto second = take_hex(4);
  if (!second || *second < 0xDC00 || *second > 0xDFFF) {
    fault_ = "half of a surrogate pair";
    return;
  }
  append_code_point(0x10000 + ((*unit - 0xD800) << 10) + (*second - 0xDC00));
}

void Translator::property(bool negated) {
  const std::size_t end = rest_.find('}');
  if (!take("{") || end == std::string_view::npos) {
    fault_ = "\\p without {a property}";
    return;
  }
  std::string_view name = rest_.substr(0, end - 1);
  rest_.remove_prefix(end);
  for (const std::string_view prefix : {"Script=", "sc=", "Script_Extensions=", "scx=", "General_Category=", "gc="}) {
    if (name.starts_with(prefix)) {
      name.remove_prefix(prefix.size());
      break;
    }
  }
  if (name == "ASCII") {
    out_ += negated ? "[:^ascii:]" : "[:ascii:]";
    if (!in_class_) out_ = out_.substr(0, out_.rfind('[')) + "[" + out_.substr(out_.rfind('[')) + "]";
    return;
  }
  name = short_category_name(name);
  if (name == "LC") {
    fault_ = "the property Cased_Letter; write [\\p{Lu}\\p{Ll}\\p{Lt}]";
    return;
  }
  out_.append(negated ? "\\P{" : "\\p{").append(name).append("}");
}

void Translator::control_letter() {
  if (rest_.empty() || !is_letter(rest_.front())) {
    fault_ = "\\c without a letter";
    return;
  }
  append_code_point(static_cast<std::uint32_t>(rest_.front()) % 32);
  rest_.remove_prefix(1);
}

void Translator::escape() {
  if (rest_.empty()) {
    fault_ = "a backslash at the end";
    return;
  }
  const char c = rest_.front();
  const bool next_is_digit = rest_.size() > 1 && rest_[1] >= '0' && rest_[1] <= '9';
  if ((c >= '1' && c <= '9') || c == 'k') {
    fault_ = "backreferences cannot be matched in linear time";
    return;
  }
  if (!is_letter(c) && (c != '0' || next_is_digit)) {
    if (c == '0') {
      fault_ = "octal escapes";
    } else if (static_cast<unsigned char>(c) >= 0x80 || c == '_' || c < 0x20) {
      copy(std::max<std::size_t>(utf8_sequence_size(rest_), 1));  // needs no escape here or there
    } else {
      out_ += '\\';
      copy(1);
    }
    return;
  }
  rest_.remove_prefix(1);
  switch (c) {
    case '0':
      return append_code_point(0);
    case 'c':
      return control_letter();
    case 'u':
      return unicode_escape();
    case 'p':
      return property(false);
    case 'P':
      return property(true);
    case 'x':
      if (const auto value = take_hex(2)) return append_code_point(*value);
      fault_ = "\\x without two hexadecimal digits";
      return;
    case 'b':
      out_ += in_class_ ? "\\x{8}" : "\\b";
      return;
    case 's':
      out_.append(in_class_ ? "" : "[").append(space_ranges).append(in_class_ ? "" : "]");
      return;
    case 'S':
      out_.append(in_class_ ? "" : "[").append(other_than_space_ranges).append(in_class_ ? "" : "]");
      return;
    case 'B':
    case 'd':
    case 'D':
    case 'w':
    case 'W':
    case 't':
    case 'n':
    case 'v':
    case 'f':
    case 'r':
      out_ += '\\';
      out_ += c;
      return;
    default:
      fault_ = std::string("the escape \\") + c + (c == 'Z' || c == 'A' || c == 'z' ? "; write ^ for the start and $ for the end" : "");
  }
}

}  // namespace

Result<std::string> translate_ecma_pattern(std::string_view pattern) { return Translator(pattern).run(); }

}  // namespace orc
