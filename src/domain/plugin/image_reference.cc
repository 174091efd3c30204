#include "domain/plugin/image_reference.h"

#include <algorithm>

namespace orc {
namespace {

constexpr std::string_view default_host = "docker.io";
constexpr std::string_view digest_scheme = "sha256:";
constexpr std::size_t name_length_max = 255;
constexpr std::size_t tag_length_max = 128;

bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_lower(c) || is_digit(c); }

// Words of lower case letters and digits, parted by one dot, one or two underscores, or any number of hyphens.
bool is_path_part(std::string_view part) {
  if (part.empty() || !is_word(part.front()) || !is_word(part.back())) return false;
  for (std::size_t i = 0; i < part.size(); ++i) {
    if (is_word(part[i])) continue;
    const std::size_t end = std::min(part.find_first_not_of(part[i], i), part.size());
    const std::size_t length = end - i;
    if (part[i] == '.' ? length > 1 : part[i] == '_' ? length > 2 : part[i] != '-') return false;
    if (!is_word(part[end])) return false;  // never the end: the last one is a word
    i = end - 1;
  }
  return true;
}

bool is_path(std::string_view path) {
  for (;;) {
    const std::size_t slash = path.find('/');
    if (!is_path_part(path.substr(0, slash))) return false;
    if (slash == std::string_view::npos) return true;
    path.remove_prefix(slash + 1);
  }
}

// Labels of letters, digits and inner hyphens, parted by dots; maybe a port.
bool is_host(std::string_view host) {
  const std::size_t colon = host.find(':');
  if (colon != std::string_view::npos) {
    const std::string_view port = host.substr(colon + 1);
    if (port.empty() || port.size() > 5 || !std::ranges::all_of(port, is_digit)) return false;
    host = host.substr(0, colon);
  }
  const auto is_label_word = [](char c) { return is_word(c) || is_upper(c); };
  for (;;) {
    const std::size_t dot = host.find('.');
    const std::string_view label = host.substr(0, dot);
    if (label.empty() || !is_label_word(label.front()) || !is_label_word(label.back())) return false;
    if (!std::ranges::all_of(label, [&](char c) { return is_label_word(c) || c == '-'; })) return false;
    if (dot == std::string_view::npos) return true;
    host.remove_prefix(dot + 1);
  }
}

bool is_tag(std::string_view tag) {
  const auto is_tag_word = [](char c) { return is_word(c) || is_upper(c) || c == '_'; };
  return !tag.empty() && tag.size() <= tag_length_max && is_tag_word(tag.front()) &&
         std::ranges::all_of(tag, [&](char c) { return is_tag_word(c) || c == '.' || c == '-'; });
}

bool is_digest(std::string_view digest) {
  return digest.size() == digest_scheme.size() + 64 && digest.starts_with(digest_scheme) &&
         std::ranges::all_of(digest.substr(digest_scheme.size()), [](char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); });
}

// What stands before the first slash is a host if it has a dot or a port, or is localhost. A word with upper case alone is more often a
// mistyped path, so it is neither (attacks.md, P12).
bool names_host(std::string_view first) {
  return first == "localhost" || std::ranges::any_of(first, [](char c) { return c == '.' || c == ':'; });
}

}  // namespace

std::string ImageReference::name() const { return host + "/" + path + (tag.empty() ? "" : ":" + tag); }

std::string ImageReference::canonical() const { return name() + (digest.empty() ? "" : "@" + digest); }

std::optional<ImageReference> parse_image_reference(std::string_view text) {
  if (text.size() > image_reference_length_max) return {};
  ImageReference reference;
  if (const std::size_t at = text.find('@'); at != std::string_view::npos) {
    reference.digest = text.substr(at + 1);
    if (!is_digest(reference.digest)) return {};
    text = text.substr(0, at);
  }
  const std::size_t slash = text.find('/');
  if (slash != std::string_view::npos && names_host(text.substr(0, slash))) {
    reference.host = text.substr(0, slash);
    text.remove_prefix(slash + 1);
    if (!is_host(reference.host)) return {};
  }
  if (const std::size_t colon = text.find(':'); colon != std::string_view::npos) {
    reference.tag = text.substr(colon + 1);
    if (!is_tag(reference.tag)) return {};
    text = text.substr(0, colon);
  } else if (reference.digest.empty()) {
    reference.tag = "latest";
  }
  if (!is_path(text) || reference.host.size() + text.size() > name_length_max) return {};
  reference.path = text;
  if (reference.host.empty()) reference.host = default_host;
  if (reference.host == default_host && !text.contains('/')) reference.path.insert(0, "library/");
  return reference;
}

}  // namespace orc
