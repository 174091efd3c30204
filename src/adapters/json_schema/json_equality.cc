#include "adapters/json_schema/json_equality.h"

#include <functional>
#include <string>
#include <unordered_map>
#include <utility>

#include "adapters/json/json_decimal.h"

namespace orc {
namespace {

constexpr std::size_t looked_up_linearly_max = 8;

std::size_t mix(std::size_t a, std::size_t b) {
  a ^= b + 0x9E3779B97F4A7C15ULL + (a << 6) + (a >> 2);
  return a * 0xFF51AFD7ED558CCDULL;
}

std::size_t hash_of_string(JsonValue value) {
  std::string scratch;
  return std::hash<std::string_view>()(value.string(scratch));
}

bool equal_arrays(JsonValue a, JsonValue b) {
  auto other = b.elements().begin();
  for (const auto element : a.elements()) {
    if (!equal_json(element, *other)) return false;
    ++other;
  }
  return true;
}

// Both have equally many members, so it is enough that each of `a` is in `b`.
bool equal_objects(JsonValue a, JsonValue b) {
  if (b.size() <= looked_up_linearly_max) {
    for (const auto& member : a.members()) {
      const auto other = b.find(member.key.string());
      if (!other || !equal_json(member.value, *other)) return false;
    }
    return true;
  }
  std::unordered_map<std::string, JsonValue> members;
  for (const auto& member : b.members()) members.emplace(member.key.string(), member.value);
  for (const auto& member : a.members()) {
    const auto other = members.find(member.key.string());
    if (other == members.end() || !equal_json(member.value, other->second)) return false;
  }
  return true;
}

}  // namespace

bool equal_json(JsonValue a, JsonValue b) {
  if (a.kind() != b.kind() || a.size() != b.size()) return false;
  switch (a.kind()) {
    case JsonKind::null:
      return true;
    case JsonKind::boolean:
      return a.raw() == b.raw();
    case JsonKind::number:
      return JsonDecimal(a.raw()) == JsonDecimal(b.raw());
    case JsonKind::string: {
      std::string scratch;
      return b.is_string_equal_to(a.string(scratch));
    }
    case JsonKind::array:
      return equal_arrays(a, b);
    case JsonKind::object:
      return equal_objects(a, b);
  }
  std::unreachable();
}

std::size_t hash_of_json(JsonValue value) {
  const auto kind = static_cast<std::size_t>(value.kind());
  switch (value.kind()) {
    case JsonKind::null:
      return mix(kind, 0);
    case JsonKind::boolean:
      return mix(kind, value.raw().size());
    case JsonKind::number:
      return mix(kind, JsonDecimal(value.raw()).hash());
    case JsonKind::string:
      return mix(kind, hash_of_string(value));
    case JsonKind::array: {
      std::size_t hash = kind;
      for (const auto element : value.elements()) hash = mix(hash, hash_of_json(element));
      return hash;
    }
    case JsonKind::object: {
      std::size_t sum = 0;  // the order of members must not matter
      for (const auto& member : value.members()) sum += mix(hash_of_string(member.key), hash_of_json(member.value));
      return mix(kind, sum);
    }
  }
  std::unreachable();
}

}  // namespace orc
