#include "adapters/json/field_reader.h"

#include <algorithm>
#include <utility>

#include "adapters/json/time_text.h"
#include "adapters/json/utf8.h"

namespace orc {
namespace {

constexpr std::size_t unknown_told_max = 4;          // of one object
constexpr std::size_t unknown_name_bytes_max = 100;  // that are told

std::string counted(std::size_t count, const char* noun) { return std::to_string(count) + " " + noun + (count == 1 ? "" : "s"); }

std::string shortest(double number) {
  std::string digits;
  JsonWriter(digits).value(number);
  return digits;
}

}  // namespace

FieldReader::FieldReader(JsonValue object, FieldPlace place) : object_(object), place_(std::move(place)) {
  if (!object_.is_object()) refuse(place_, "Input should be a valid dictionary", "dict_type");
}

std::optional<JsonValue> FieldReader::present(std::string_view key) const {
  const auto value = object_.find(key);
  return value && !value->is_null() ? value : std::nullopt;
}

std::optional<JsonValue> FieldReader::required(std::string_view key) {
  const auto value = object_.find(key);
  if (!value && object_.is_object()) refuse(place_of(key), "Field required", "missing");
  return value;
}

FieldPlace FieldReader::place_of(std::string_view key) const {
  FieldPlace place = place_;
  place.emplace_back(std::string(key));
  return place;
}

void FieldReader::refuse(FieldPlace at, std::string msg, std::string type) {
  faults_.push_back({.loc = std::move(at), .msg = std::move(msg), .type = std::move(type)});
}

void FieldReader::refuse_all_but(std::span<const std::string_view> names, std::string_view whole) { refuse_all_but(names, whole, {}); }

void FieldReader::refuse_all_but(std::span<const std::string_view> names, std::string_view whole,
                                 std::span<const std::string_view> tolerated) {
  if (!object_.is_object()) return;
  std::size_t told = 0;
  for (const auto& member : object_.members()) {
    const std::string name = member.key.string();
    const auto is_in = [&](std::span<const std::string_view> some) { return std::ranges::find(some, name) != some.end(); };
    if (member.value.is_null() || is_in(names) || is_in(tolerated)) continue;
    if (++told > unknown_told_max) return;
    std::string known;
    for (const std::string_view one : names) known.append(known.empty() ? "" : ", ").append(one);
    refuse(place_of(name.substr(0, unknown_name_bytes_max)), "Extra inputs are not permitted: " + std::string(whole) + " has " + known,
           "extra_forbidden");
  }
}

void FieldReader::add_fault(std::string_view key, std::string msg) { refuse(place_of(key), std::move(msg), "value_error"); }

bool FieldReader::has(std::string_view key) const { return object_.find(key).has_value(); }

bool FieldReader::is_null(std::string_view key) const {
  const auto value = object_.find(key);
  return value && value->is_null();
}

std::optional<std::string> FieldReader::read_string(JsonValue value, const StringRule& rule, FieldPlace at) {
  if (!value.is_string()) {
    refuse(std::move(at), "Input should be a valid string", "string_type");
    return std::nullopt;
  }
  std::string characters = value.string();
  const std::size_t length = count_code_points(characters);
  if (characters.contains('\0')) {
    refuse(std::move(at), "Value error, the character U+0000 is not allowed", "value_error");
  } else if (length < rule.length_min) {
    refuse(std::move(at), "String should have at least " + counted(rule.length_min, "character"), "string_too_short");
  } else if (length > rule.length_max) {
    refuse(std::move(at), "String should have at most " + counted(rule.length_max, "character"), "string_too_long");
  } else if (rule.pattern && !rule.pattern->matches(characters)) {
    refuse(std::move(at), "String should match pattern '" + std::string(rule.pattern->text) + "'", "string_pattern_mismatch");
  } else {
    return characters;
  }
  return std::nullopt;
}

std::string FieldReader::required_string(std::string_view key, const StringRule& rule) {
  const auto value = required(key);
  return value ? read_string(*value, rule, place_of(key)).value_or(std::string()) : std::string();
}

std::optional<std::string> FieldReader::optional_string(std::string_view key, const StringRule& rule) {
  const auto value = present(key);
  return value ? read_string(*value, rule, place_of(key)) : std::nullopt;
}

std::optional<std::int64_t> FieldReader::read_integer(JsonValue value, const IntegerRule& rule, std::string_view key) {
  if (!value.is_number()) {
    refuse(place_of(key), "Input should be a valid integer", "int_type");
    return std::nullopt;
  }
  const auto number = value.as_int64();
  const double nearest = value.as_double().value_or(0);
  const bool beyond = nearest >= 0x1p63 || nearest < -0x1p63;  // an integer, but none of 64 bits
  if (!number && !beyond) {
    refuse(place_of(key), "Input should be a valid integer, got a number with a fractional part", "int_from_float");
  } else if (number ? *number < rule.min : nearest < 0) {
    refuse(place_of(key), "Input should be greater than or equal to " + std::to_string(rule.min), "greater_than_equal");
  } else if (number ? *number > rule.max : nearest > 0) {
    refuse(place_of(key), "Input should be less than or equal to " + std::to_string(rule.max), "less_than_equal");
  } else {
    return number;
  }
  return std::nullopt;
}

std::int64_t FieldReader::required_integer(std::string_view key, const IntegerRule& rule) {
  const auto value = required(key);
  return value ? read_integer(*value, rule, key).value_or(0) : 0;
}

std::optional<std::int64_t> FieldReader::optional_integer(std::string_view key, const IntegerRule& rule) {
  const auto value = present(key);
  return value ? read_integer(*value, rule, key) : std::nullopt;
}

std::optional<double> FieldReader::optional_number(std::string_view key, double min, double max) {
  const auto value = present(key);
  if (!value) return std::nullopt;
  const auto number = value->as_double();
  if (!number) {
    refuse(place_of(key), "Input should be a valid number", "float_type");
  } else if (*number < min) {
    refuse(place_of(key), "Input should be greater than or equal to " + shortest(min), "greater_than_equal");
  } else if (*number > max) {
    refuse(place_of(key), "Input should be less than or equal to " + shortest(max), "less_than_equal");
  } else {
    return number;
  }
  return std::nullopt;
}

std::optional<bool> FieldReader::read_boolean(JsonValue value, std::string_view key) {
  const auto truth = value.as_boolean();
  if (!truth) refuse(place_of(key), "Input should be a valid boolean", "bool_type");
  return truth;
}

bool FieldReader::required_boolean(std::string_view key) {
  const auto value = required(key);
  return value && read_boolean(*value, key).value_or(false);
}

std::optional<bool> FieldReader::optional_boolean(std::string_view key) {
  const auto value = present(key);
  return value ? read_boolean(*value, key) : std::nullopt;
}

std::optional<JsonValue> FieldReader::read_object(JsonValue value, std::string_view key) {
  if (value.is_object()) return value;
  refuse(place_of(key), "Input should be a valid dictionary", "dict_type");
  return std::nullopt;
}

std::optional<JsonValue> FieldReader::required_object(std::string_view key) {
  const auto value = required(key);
  return value ? read_object(*value, key) : std::nullopt;
}

std::optional<JsonValue> FieldReader::optional_object(std::string_view key) {
  const auto value = present(key);
  return value ? read_object(*value, key) : std::nullopt;
}

std::optional<JsonValue> FieldReader::optional_array(std::string_view key) {
  const auto value = present(key);
  if (!value || value->is_array()) return value;
  refuse(place_of(key), "Input should be a valid list", "list_type");
  return std::nullopt;
}

std::optional<JsonValue> FieldReader::optional_value(std::string_view key) { return present(key); }

std::optional<std::map<std::string, std::string>> FieldReader::optional_string_map(std::string_view key, const StringMapRule& rule) {
  const auto object = optional_object(key);
  if (!object) return std::nullopt;
  const std::size_t faults_before = faults_.size();
  if (object->size() > rule.entries_max) {
    refuse(
        place_of(key),
        "Dictionary should have at most " + counted(rule.entries_max, "item") + " after validation, not " + std::to_string(object->size()),
        "too_long");
    return std::nullopt;
  }
  std::map<std::string, std::string> entries;
  for (const auto& member : object->members()) {
    FieldPlace at = place_of(key);
    at.emplace_back(member.key.string());
    FieldPlace at_key = at;
    at_key.emplace_back("[key]");
    auto name = read_string(member.key, {.length_min = 1, .length_max = rule.key_length_max}, std::move(at_key));
    auto content = read_string(member.value, {.length_min = 0, .length_max = rule.value_length_max}, std::move(at));
    if (name && content) entries.emplace(std::move(*name), std::move(*content));
  }
  if (faults_.size() > faults_before) return std::nullopt;
  return entries;
}

std::optional<std::vector<std::string>> FieldReader::optional_string_list(std::string_view key, std::size_t entries_max,
                                                                          const StringRule& rule) {
  const auto array = optional_array(key);
  if (!array) return std::nullopt;
  const std::size_t faults_before = faults_.size();
  if (array->size() > entries_max) {
    refuse(place_of(key),
           "List should have at most " + counted(entries_max, "item") + " after validation, not " + std::to_string(array->size()),
           "too_long");
    return std::nullopt;
  }
  std::vector<std::string> entries;
  for (const auto element : array->elements()) {
    FieldPlace at = place_of(key);
    at.emplace_back(static_cast<std::int64_t>(entries.size()));
    entries.push_back(read_string(element, rule, std::move(at)).value_or(std::string()));
  }
  if (faults_.size() > faults_before) return std::nullopt;
  return entries;
}

std::optional<Timestamp> FieldReader::optional_time(std::string_view key) {
  const auto value = present(key);
  if (!value) return std::nullopt;
  if (!value->is_string()) {
    refuse(place_of(key), "Input should be a valid datetime", "datetime_type");
    return std::nullopt;
  }
  const auto time = parse_time_text(value->string());
  if (!time)
    refuse(place_of(key), "Input should be a valid datetime, as RFC 3339 with an offset, e.g. 2026-01-31T12:00:00Z", "datetime_parsing");
  return time;
}

}  // namespace orc
