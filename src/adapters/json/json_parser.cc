#include "adapters/json/json_parser.h"

#include <algorithm>
#include <bit>
#include <charconv>
#include <cstring>
#include <limits>
#include <optional>
#include <string>
#include <system_error>

#include "adapters/json/json_decimal.h"
#include "adapters/json/json_keys.h"
#include "adapters/json/utf8.h"

namespace orc {
namespace {

constexpr std::size_t quoted_key_max = 100;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex_digit(char c) { return is_digit(c) || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f'); }

std::string in_hex(char c) {
  constexpr std::string_view digits = "0123456789ABCDEF";
  const auto code = static_cast<unsigned char>(c);
  return {'0', 'x', digits[code >> 4], digits[code & 0xF]};
}

std::string quoted(std::string_view rest) {
  const char c = rest.front();
  if (c >= 0x20 && c < 0x7F) return {'\'', c, '\''};
  return "byte " + in_hex(c);
}

// High bit set in each byte of `word` that a string cannot simply go on with: quote, backslash, control character, not ASCII.
std::uint64_t special_bytes(std::uint64_t word) {
  constexpr std::uint64_t ones = 0x0101010101010101ULL;
  constexpr std::uint64_t highs = 0x8080808080808080ULL;
  const auto zero_bytes = [](std::uint64_t w) { return (w - ones) & ~w & highs; };
  return zero_bytes(word ^ (ones * '"')) | zero_bytes(word ^ (ones * '\\')) | ((word - ones * 0x20) & ~word & highs) | (word & highs);
}

class Parser {
 public:
  Parser(std::string_view text, const JsonLimits& limits, std::vector<JsonNode>& nodes) : text_(text), limits_(limits), nodes_(nodes) {}

  Result<void> run() {
    if (!whole_text()) return fail(ErrorCode::invalid_argument, std::move(fault_));
    return {};
  }

 private:
  enum class Next : std::uint8_t { value, key, after_value };
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  bool whole_text();
  bool value();
  bool key();
  bool after_value();
  bool open(JsonKind kind);
  bool close();
  bool literal(std::string_view word, JsonKind kind);
  bool number();
  bool string();
  bool escape();
  bool unicode_escape();
  bool keys_differ(std::uint32_t object);
  bool add(JsonKind kind, std::size_t begin, std::size_t end, bool escaped);
  std::optional<unsigned> hex4(std::size_t at) const;

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t')) ++at_;
  }
  bool refuse(std::size_t at, const std::string& what);
  bool refuse_here(const std::string& expected);

  const std::string_view text_;
  const JsonLimits& limits_;
  std::vector<JsonNode>& nodes_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::uint32_t parent_ = none;  // the innermost open container; while open, its `span` is the container around it
  Next next_ = Next::value;
  std::string fault_;
};

bool Parser::refuse(std::size_t at, const std::string& what) {
  const std::string_view before = text_.substr(0, at);
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t newline = before.rfind('\n');
  const std::size_t column = at - (newline == std::string_view::npos ? 0 : newline + 1) + 1;
  fault_ = "Invalid JSON: " + what + " at byte " + std::to_string(at) + " (line " + std::to_string(line) + ", column " +
           std::to_string(column) + ")";
  return false;
}

bool Parser::refuse_here(const std::string& expected) {
  if (at_ >= text_.size()) return refuse(at_, "the text ends where " + expected + " is expected");
  return refuse(at_, quoted(text_.substr(at_)) + " where " + expected + " is expected");
}

bool Parser::whole_text() {
  constexpr std::size_t addressable_max = std::numeric_limits<std::uint32_t>::max() - 1;
  nodes_.clear();
  if (text_.size() > std::min(limits_.bytes_max, addressable_max)) {
    fault_ = "Invalid JSON: " + std::to_string(text_.size()) + " bytes are more than the limit of " + std::to_string(limits_.bytes_max);
    return false;
  }
  if (text_.starts_with("\xEF\xBB\xBF")) return refuse(0, "a byte order mark");
  nodes_.reserve(std::min(text_.size() / 8, limits_.nodes_max) + 8);
  skip_space();
  for (;;) {
    bool good = false;
    switch (next_) {
      case Next::value:
        good = value();
        break;
      case Next::key:
        good = key();
        break;
      case Next::after_value:
        if (parent_ == none) {
          if (at_ < text_.size()) return refuse(at_, quoted(text_.substr(at_)) + " after the end of the document");
          return true;
        }
        good = after_value();
        break;
    }
    if (!good) return false;
    skip_space();
  }
}

bool Parser::value() {
  next_ = Next::after_value;
  const char c = peek();
  if (c == '"') return string();
  if (c == '-' || is_digit(c)) return number();
  if (c == '{') return open(JsonKind::object);
  if (c == '[') return open(JsonKind::array);
  if (c == 't') return literal("true", JsonKind::boolean);
  if (c == 'f') return literal("false", JsonKind::boolean);
  if (c == 'n') return literal("null", JsonKind::null);
  return refuse_here("a value");
}

bool Parser::key() {
  if (peek() != '"') return refuse_here("a key in double quotes");
  if (!string()) return false;
  skip_space();
  if (peek() != ':') return refuse_here("':'");
  ++at_;
  next_ = Next::value;
  return true;
}

bool Parser::after_value() {
  const bool in_object = nodes_[parent_].kind == JsonKind::object;
  ++nodes_[parent_].size;
  if (peek() == ',') {
    ++at_;
    next_ = in_object ? Next::key : Next::value;
    return true;
  }
  if (peek() != (in_object ? '}' : ']')) return refuse_here(in_object ? "',' or '}'" : "',' or ']'");
  return close();
}

bool Parser::open(JsonKind kind) {
  if (depth_ == limits_.depth_max) return refuse(at_, "nesting deeper than the limit of " + std::to_string(limits_.depth_max));
  const auto index = static_cast<std::uint32_t>(nodes_.size());
  if (!add(kind, at_, at_, false)) return false;
  nodes_[index].span = parent_;
  parent_ = index;
  ++depth_;
  ++at_;
  skip_space();
  if (peek() == (kind == JsonKind::object ? '}' : ']')) return close();
  next_ = kind == JsonKind::object ? Next::key : Next::value;
  return true;
}

bool Parser::close() {
  const std::uint32_t closed = parent_;
  ++at_;
  parent_ = nodes_[closed].span;
  nodes_[closed].span = static_cast<std::uint32_t>(nodes_.size()) - closed;
  nodes_[closed].end = static_cast<std::uint32_t>(at_);
  --depth_;
  next_ = Next::after_value;
  return nodes_[closed].kind != JsonKind::object || keys_differ(closed);
}

bool Parser::add(JsonKind kind, std::size_t begin, std::size_t end, bool escaped) {
  if (nodes_.size() == limits_.nodes_max) return refuse(begin, "more values than the limit of " + std::to_string(limits_.nodes_max));
  nodes_.push_back({.kind = kind,
                    .escaped = escaped,
                    .begin = static_cast<std::uint32_t>(begin),
                    .end = static_cast<std::uint32_t>(end),
                    .span = 1,
                    .size = 0});
  return true;
}

bool Parser::literal(std::string_view word, JsonKind kind) {
  if (!text_.substr(at_).starts_with(word)) return refuse_here("true, false, null or another value");
  const std::size_t begin = at_;
  at_ += word.size();
  return add(kind, begin, at_, false);
}

bool Parser::number() {
  const std::size_t begin = at_;
  const auto digits = [this] {
    const std::size_t first = at_;
    while (is_digit(peek())) ++at_;
    return at_ > first;
  };
  bool may_overflow = false;
  if (peek() == '-') ++at_;
  if (peek() == '0') {
    ++at_;
    if (is_digit(peek())) return refuse(begin, "a number with a leading zero");
  } else if (!digits()) {
    return refuse_here("a digit");
  }
  if (peek() == '.') {
    ++at_;
    if (!digits()) return refuse_here("a digit after the decimal point");
  }
  if (peek() == 'e' || peek() == 'E') {
    may_overflow = true;
    ++at_;
    if (peek() == '+' || peek() == '-') ++at_;
    if (!digits()) return refuse_here("a digit of the exponent");
  }
  const std::string_view written = text_.substr(begin, at_ - begin);
  if (may_overflow || written.size() > std::numeric_limits<double>::max_digits10 + 290) {
    double nearest = 0;
    const auto end = std::from_chars(written.data(), written.data() + written.size(), nearest);
    // Out of range is said of values too small as well; those are taken as 0, and only they are below 1.
    const JsonDecimal exact(written);
    const bool below_one = !exact.is_zero() && JsonDecimal("-1") < exact && exact < JsonDecimal("1");
    if (end.ec != std::errc() && !exact.is_zero() && !below_one) return refuse(begin, "a number beyond the range of a double");
  }
  return add(JsonKind::number, begin, at_, false);
}

bool Parser::string() {
  const std::size_t begin = at_++;
  bool escaped = false;
  for (;;) {
    while (text_.size() - at_ >= sizeof(std::uint64_t)) {
      std::uint64_t word = 0;
      std::memcpy(&word, text_.data() + at_, sizeof word);
      const std::uint64_t special = special_bytes(word);
      if (special == 0) {
        at_ += sizeof word;
        continue;
      }
      if constexpr (std::endian::native == std::endian::little) at_ += static_cast<std::size_t>(std::countr_zero(special)) / 8;
      break;
    }
    if (at_ == text_.size()) return refuse(begin, "a string without its closing quote");
    const auto c = static_cast<unsigned char>(text_[at_]);
    if (c == '"') {
      ++at_;
      return add(JsonKind::string, begin, at_, escaped);
    }
    if (c == '\\') {
      escaped = true;
      if (!escape()) return false;
    } else if (c < 0x20) {
      return refuse(at_, "an unescaped control character " + in_hex(text_[at_]) + " in a string");
    } else {
      const std::size_t size = utf8_sequence_size(text_.substr(at_));
      if (size == 0) return refuse(at_, "bytes that are not UTF-8 (" + in_hex(text_[at_]) + ")");
      at_ += size;
    }
  }
}

bool Parser::escape() {
  constexpr std::string_view short_escapes = "\"\\/bfnrt";
  const char c = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
  if (c == 'u') return unicode_escape();
  if (c == '\0' || short_escapes.find(c) == std::string_view::npos) return refuse(at_, "an unknown escape in a string");
  at_ += 2;
  return true;
}

bool Parser::unicode_escape() {
  const auto unit = hex4(at_);
  if (!unit) return refuse(at_, "a \\u escape without four hexadecimal digits");
  if (*unit < 0xD800 || *unit > 0xDFFF) {
    at_ += 6;
    return true;
  }
  const auto second = *unit < 0xDC00 ? hex4(at_ + 6) : std::nullopt;
  if (!second || *second < 0xDC00 || *second > 0xDFFF) return refuse(at_, "half of a surrogate pair");
  at_ += 12;
  return true;
}

std::optional<unsigned> Parser::hex4(std::size_t at) const {
  const std::string_view text = text_.substr(std::min(at, text_.size()), 6);
  if (text.size() < 6 || text[0] != '\\' || text[1] != 'u') return std::nullopt;
  const std::string_view digits = text.substr(2);
  if (!std::all_of(digits.begin(), digits.end(), is_hex_digit)) return std::nullopt;
  unsigned value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
  return value;
}

bool Parser::keys_differ(std::uint32_t object) {
  const auto again = find_repeated_key(JsonValue(&nodes_[object], text_.data()));
  return !again ||
         refuse(again->offset(), "the key " + std::string(again->raw().substr(0, quoted_key_max)) + " a second time in one object");
}

}  // namespace

Result<void> parse_json(std::string_view text, const JsonLimits& limits, std::vector<JsonNode>& nodes) {
  return Parser(text, limits, nodes).run();
}

}  // namespace orc
