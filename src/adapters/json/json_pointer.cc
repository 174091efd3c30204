#include "adapters/json/json_pointer.h"

#include <charconv>
#include <iterator>
#include <system_error>

namespace orc {
namespace {

bool contains(JsonValue outer, JsonValue inner) {
  return inner.offset() >= outer.offset() && inner.offset() < outer.offset() + outer.raw().size();
}

void append_token(std::string& pointer, std::string_view name) {
  pointer += '/';
  for (const char c : name) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
}

std::optional<JsonValue> child_towards(JsonValue value, JsonValue inner, std::string& pointer) {
  std::size_t index = 0;
  for (const auto element : value.elements()) {
    if (contains(element, inner)) {
      append_token(pointer, std::to_string(index));
      return element;
    }
    ++index;
  }
  for (const auto& member : value.members()) {
    const bool is_key = contains(member.key, inner);
    if (is_key || contains(member.value, inner)) {
      append_token(pointer, member.key.string());
      return is_key ? member.key : member.value;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string pointer_to(JsonValue root, JsonValue inner) {
  std::string pointer;
  std::optional<JsonValue> at = root;
  while (at && at->offset() != inner.offset()) at = child_towards(*at, inner, pointer);
  return pointer;
}

std::optional<JsonValue> step_into(JsonValue value, std::string_view token) {
  if (value.is_object()) return value.find(token);
  std::size_t index = 0;
  const auto end = std::from_chars(token.data(), token.data() + token.size(), index);
  const bool canonical = end.ec == std::errc() && end.ptr == token.data() + token.size() && (token.size() == 1 || token.front() != '0');
  if (!canonical || index >= value.size()) return std::nullopt;
  return *std::next(value.elements().begin(), static_cast<std::ptrdiff_t>(index));
}

std::string take_token(std::string_view& pointer) {
  pointer.remove_prefix(1);
  const std::string_view written = pointer.substr(0, pointer.find('/'));
  pointer.remove_prefix(written.size());
  std::string token;
  for (std::size_t i = 0; i < written.size(); ++i) {
    const bool escape = written[i] == '~' && i + 1 < written.size() && (written[i + 1] == '0' || written[i + 1] == '1');
    token += !escape ? written[i] : written[++i] == '0' ? '~' : '/';
  }
  return token;
}

}  // namespace orc
