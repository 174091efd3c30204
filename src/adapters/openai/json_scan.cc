#include "adapters/openai/json_scan.h"

#include <algorithm>
#include <charconv>

#include "adapters/json/utf8.h"

namespace orc {
namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";
constexpr std::int64_t count_max = 1'000'000'000'000;
constexpr int depth_max = 64;

void append_code_point(std::string& out, std::uint32_t code) {
  if (code == 0 || (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF) {
    out += replacement;
  } else if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xC0 | code >> 6);
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xE0 | code >> 12);
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  } else {
    out += static_cast<char>(0xF0 | code >> 18);
    out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
    out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
    out += static_cast<char>(0x80 | (code & 0x3F));
  }
}

// The four digits of a \u escape at the front of `text`.
std::optional<std::uint32_t> four_digits(std::string_view text) {
  if (text.size() < 4) return {};
  std::uint32_t code = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + 4, code, 16);
  if (error != std::errc{} || end != text.data() + 4) return {};
  return code;
}

// An escape at the front of `text`, which begins behind the backslash: appends what it stands for and gives its length; 0 if it is none.
std::size_t take_escape(std::string_view text, std::string& out) {
  constexpr std::string_view names = "\"\\/bfnrt";
  constexpr std::string_view values = "\"\\/\b\f\n\r\t";
  if (text.empty()) return 0;
  if (const std::size_t place = names.find(text.front()); place != std::string_view::npos) {
    out += values[place];
    return 1;
  }
  const auto first = text.front() == 'u' ? four_digits(text.substr(1)) : std::nullopt;
  if (!first) return 0;
  const bool is_high = *first >= 0xD800 && *first <= 0xDBFF;
  if (is_high && text.size() >= 11 && text[5] == '\\' && text[6] == 'u') {
    const auto second = four_digits(text.substr(7));
    if (second && *second >= 0xDC00 && *second <= 0xDFFF) {
      append_code_point(out, 0x10000 + ((*first - 0xD800) << 10) + (*second - 0xDC00));
      return 11;
    }
  }
  append_code_point(out, *first);
  return 5;
}

}  // namespace

void append_clean(std::string& out, std::string_view text) {
  while (!text.empty()) {
    const std::size_t size = text.front() == '\0' ? 0 : utf8_sequence_size(text);
    out += size == 0 ? replacement : text.substr(0, size);
    text.remove_prefix(std::max<std::size_t>(size, 1));
  }
}

void JsonScan::fail() {
  ok_ = false;
  rest_ = {};
}

void JsonScan::space() { rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\r\n"), rest_.size())); }

bool JsonScan::next_is(char c) {
  space();
  return !rest_.empty() && rest_.front() == c;
}

bool JsonScan::enter(char bracket) {
  if (!next_is(bracket)) {
    skip();
    return false;
  }
  rest_.remove_prefix(1);
  at_first_ = true;
  return true;
}

bool JsonScan::element() {
  const bool is_first = at_first_;
  at_first_ = false;
  if (next_is(']')) {
    rest_.remove_prefix(1);
    return false;
  }
  if (is_first) return !rest_.empty();
  if (!next_is(',')) {
    fail();
    return false;
  }
  rest_.remove_prefix(1);
  return true;
}

std::optional<std::string_view> JsonScan::member() {
  const bool is_first = at_first_;
  at_first_ = false;
  if (next_is('}')) {
    rest_.remove_prefix(1);
    return {};
  }
  if (!is_first) {
    if (!next_is(',')) return fail(), std::nullopt;
    rest_.remove_prefix(1);
  }
  if (!next_is('"')) return fail(), std::nullopt;
  const std::string_view from = rest_.substr(1);
  skip_string();
  if (!ok_) return {};
  const std::string_view name = from.substr(0, static_cast<std::size_t>(rest_.data() - from.data()) - 1);
  if (!next_is(':')) return fail(), std::nullopt;
  rest_.remove_prefix(1);
  return name;
}

bool JsonScan::take_string(std::string& out) {
  if (!next_is('"')) {
    skip();
    return false;
  }
  rest_.remove_prefix(1);
  for (;;) {
    const std::size_t end = rest_.find_first_of("\"\\");
    if (end == std::string_view::npos) return fail(), false;
    append_clean(out, rest_.substr(0, end));
    const bool is_end = rest_[end] == '"';
    rest_.remove_prefix(end + 1);
    if (is_end) return true;
    const std::size_t size = take_escape(rest_, out);
    if (size == 0) return fail(), false;
    rest_.remove_prefix(size);
  }
}

std::optional<std::int64_t> JsonScan::take_count() {
  space();
  std::int64_t count = 0;
  const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), count);
  const bool is_whole = error == std::errc{} && (end == rest_.data() + rest_.size() || std::string_view(",}] \t\r\n").contains(*end));
  skip();
  if (!is_whole || count < 0 || count > count_max) return {};
  return count;
}

void JsonScan::skip_string() {
  rest_.remove_prefix(1);
  for (;;) {
    const std::size_t end = rest_.find_first_of("\"\\");
    if (end == std::string_view::npos || end + 1 > rest_.size()) return fail();
    const bool is_end = rest_[end] == '"';
    rest_.remove_prefix(std::min(rest_.size(), end + (is_end ? 1 : 2)));
    if (is_end) return;
  }
}

void JsonScan::skip() {
  int depth = 0;
  do {
    space();
    if (rest_.empty() || depth > depth_max) return fail();
    const char c = rest_.front();
    if (c == '"') {
      skip_string();
    } else if (c == '{' || c == '[') {
      ++depth;
      rest_.remove_prefix(1);
    } else if (c == '}' || c == ']') {
      if (depth-- == 0) return fail();
      rest_.remove_prefix(1);
    } else if (c == ',' || c == ':') {
      if (depth == 0) return fail();
      rest_.remove_prefix(1);
    } else {
      rest_.remove_prefix(std::min(rest_.find_first_of(",:{}[]\" \t\r\n"), rest_.size()));
    }
  } while (depth > 0 && ok_);
}

}  // namespace orc
