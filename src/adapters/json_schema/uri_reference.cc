#include "adapters/json_schema/uri_reference.h"

#include <algorithm>
#include <cctype>

namespace orc {
namespace {

// Prefixes include their delimiter, so that joining the parts gives the text back.
struct Parts {
  std::string_view scheme;     // "http:"
  std::string_view authority;  // "//host"
  std::string_view path;
  std::string_view query;  // "?q"
};

Parts split(std::string_view uri) {
  Parts parts;
  const std::size_t colon = uri.find_first_of(":/?");
  if (colon != std::string_view::npos && colon > 0 && uri[colon] == ':') {
    parts.scheme = uri.substr(0, colon + 1);
    uri.remove_prefix(colon + 1);
  }
  if (uri.starts_with("//")) {
    parts.authority = uri.substr(0, uri.find_first_of("/?", 2));
    uri.remove_prefix(parts.authority.size());
  }
  parts.path = uri.substr(0, uri.find('?'));
  parts.query = uri.substr(parts.path.size());
  return parts;
}

std::string without_dot_segments(std::string_view path) {
  std::string out;
  const bool rooted = path.starts_with('/');
  while (!path.empty()) {
    const std::size_t end = std::min(path.find('/', 1), path.size());
    std::string_view segment = path.substr(0, end);
    path.remove_prefix(end);
    const bool last = path.empty();
    const std::string_view name = segment.starts_with('/') ? segment.substr(1) : segment;
    if (name == "." || name == "..") {
      if (name == "..") out.resize(out.rfind('/') == std::string::npos ? 0 : out.rfind('/'));
      if (last && (rooted || !out.empty())) out += '/';
    } else {
      out += segment;
    }
  }
  return out;
}

std::string merged_path(const Parts& base, std::string_view path) {
  if (!base.authority.empty() && base.path.empty()) return "/" + std::string(path);
  const std::size_t slash = base.path.rfind('/');
  return std::string(base.path.substr(0, slash == std::string_view::npos ? 0 : slash + 1)) + std::string(path);
}

std::string percent_decoded(std::string_view text) {
  const auto hex = [](char c) { return c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10; };
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && std::isxdigit(static_cast<unsigned char>(text[i + 1])) != 0 &&
                        std::isxdigit(static_cast<unsigned char>(text[i + 2])) != 0;
    out += escape ? static_cast<char>(hex(text[i + 1]) * 16 + hex(text[i + 2])) : text[i];
    if (escape) i += 2;
  }
  return out;
}

std::string joined(std::string_view scheme, std::string_view authority, std::string_view path, std::string_view query) {
  std::string uri(scheme);
  uri.append(authority).append(path).append(query);
  return uri;
}

}  // namespace

UriReference resolve_reference(std::string_view base, std::string_view reference) {
  const std::size_t hash = std::min(reference.find('#'), reference.size());
  const Parts from = split(base.substr(0, base.find('#')));
  const Parts to = split(reference.substr(0, hash));
  UriReference result;
  if (hash < reference.size()) result.fragment = percent_decoded(reference.substr(hash + 1));
  if (!to.scheme.empty()) {
    result.document = joined(to.scheme, to.authority, without_dot_segments(to.path), to.query);
  } else if (!to.authority.empty()) {
    result.document = joined(from.scheme, to.authority, without_dot_segments(to.path), to.query);
  } else if (to.path.empty()) {
    result.document = joined(from.scheme, from.authority, from.path, to.query.empty() ? from.query : to.query);
  } else {
    const std::string path = to.path.starts_with('/') ? std::string(to.path) : merged_path(from, to.path);
    result.document = joined(from.scheme, from.authority, without_dot_segments(path), to.query);
  }
  return result;
}

}  // namespace orc
