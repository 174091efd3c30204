#include "adapters/http/request_target.h"

#include <algorithm>
#include <optional>
#include <string>

#include "adapters/json/utf8.h"

namespace orc {

namespace {

namespace grammar = http_grammar;

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return (c | 0x20) - 'a' + 10;
}

enum class PlusSign { literal, space };

// Nothing if a '%' is not followed by two hexadecimal digits.
std::optional<std::string> percent_decoded(std::string_view text, PlusSign plus) {
  std::string decoded;
  decoded.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      if (i + 2 >= text.size() || !grammar::is(text[i + 1], grammar::hex) || !grammar::is(text[i + 2], grammar::hex)) return std::nullopt;
      decoded += static_cast<char>(hex_value(text[i + 1]) * 16 + hex_value(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i] == '+' && plus == PlusSign::space ? ' ' : text[i];
    }
  }
  return decoded;
}

bool has_control(std::string_view text) {
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) return true;
  }
  return false;
}

bool has_dot_segment(std::string_view path) {
  while (!path.empty()) {
    path.remove_prefix(1);  // the '/'
    const std::size_t size = std::min(path.find('/'), path.size());
    const std::string_view segment = path.substr(0, size);
    if (segment == "." || segment == "..") return true;
    path.remove_prefix(size);
  }
  return false;
}

std::expected<void, HttpRefusal> read_path(std::string_view raw, HttpRequestHead& head) {
  if (!grammar::all(raw, grammar::path))
    return refuse(400, "The path of the request target holds a character that must be percent-encoded.");
  if (raw.find('%') == std::string_view::npos) {
    head.path = raw;
  } else {
    std::optional<std::string> decoded = percent_decoded(raw, PlusSign::literal);
    if (!decoded) return refuse(400, "The path of the request target has a '%' without two hexadecimal digits.");
    const auto slashes = [](std::string_view text) { return std::ranges::count(text, '/'); };
    if (slashes(*decoded) != slashes(raw) || decoded->find('\\') != std::string::npos) {
      return refuse(400, "The path of the request target holds an encoded slash or backslash.");
    }
    if (has_control(*decoded) || !is_utf8(*decoded)) return refuse(400, "The path of the request target is not UTF-8 text once decoded.");
    head.path = std::move(*decoded);
  }
  if (has_dot_segment(head.path)) return refuse(400, "The path of the request target has a '.' or '..' segment.");
  return {};
}

std::expected<void, HttpRefusal> read_query(std::string_view raw, std::size_t parameters_max, HttpRequestHead& head) {
  if (!grammar::all(raw, grammar::query))
    return refuse(400, "The query of the request target holds a character that must be percent-encoded.");
  head.query = raw;
  while (!raw.empty()) {
    const std::size_t size = std::min(raw.find('&'), raw.size());
    const std::string_view pair = raw.substr(0, size);
    raw.remove_prefix(std::min(size + 1, raw.size()));
    if (pair.empty()) continue;
    if (head.query_parameters.size() == parameters_max) {
      return refuse(400, "The query has more than " + std::to_string(parameters_max) + " parameters.");
    }
    const std::size_t equals = std::min(pair.find('='), pair.size());
    std::optional<std::string> name = percent_decoded(pair.substr(0, equals), PlusSign::space);
    std::optional<std::string> value = percent_decoded(pair.substr(std::min(equals + 1, pair.size())), PlusSign::space);
    if (!name || !value) return refuse(400, "The query has a '%' without two hexadecimal digits.");
    if (name->find('\0') != std::string::npos || value->find('\0') != std::string::npos || !is_utf8(*name) || !is_utf8(*value)) {
      return refuse(400, "The query is not UTF-8 text once decoded.");
    }
    head.query_parameters.push_back({std::move(*name), std::move(*value)});
  }
  return {};
}

}  // namespace

std::expected<void, HttpRefusal> read_request_target(std::string_view target, std::string_view host, std::size_t parameters_max,
                                                     HttpRequestHead& head) {
  head.target = target;
  head.path.clear();
  head.query.clear();
  head.query_parameters.clear();
  if (target == "*") {
    if (head.method != "OPTIONS") return refuse(400, "The request target '*' belongs to OPTIONS only.");
    head.path = target;
    return {};
  }
  constexpr std::string_view scheme = "http://";
  std::string_view rest = target;
  if (rest.size() > scheme.size() && same_ignoring_case(rest.substr(0, scheme.size()), scheme)) {
    rest.remove_prefix(scheme.size());
    const std::size_t size = std::min(rest.find_first_of("/?"), rest.size());
    if (!same_ignoring_case(rest.substr(0, size), host))
      return refuse(400, "The authority of the request target is not that of the Host field.");
    rest.remove_prefix(size);
    if (rest.empty()) rest = "/";
  }
  if (!rest.starts_with('/')) return refuse(400, "The request target must begin with '/'.");
  const std::size_t question = std::min(rest.find('?'), rest.size());
  if (auto read = read_path(rest.substr(0, question), head); !read) return read;
  if (question == rest.size()) return {};
  return read_query(rest.substr(question + 1), parameters_max, head);
}

}  // namespace orc
