#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/json/field_fault.h"
#include "adapters/json/json_value.h"
#include "domain/time.h"

namespace orc {

// A pattern that strings must match, and how people know it: the text is shown in the fault.
struct StringPattern {
  std::string_view text;
  bool (*matches)(std::string_view characters);
};

struct StringRule {
  std::size_t length_min = 0;  // in code points, both included
  std::size_t length_max = std::numeric_limits<std::size_t>::max();
  std::optional<StringPattern> pattern = std::nullopt;
};

struct IntegerRule {
  std::int64_t min = std::numeric_limits<std::int64_t>::min();  // both included
  std::int64_t max = std::numeric_limits<std::int64_t>::max();
};

struct StringMapRule {
  std::size_t entries_max = 64;
  std::size_t key_length_max = 256;  // in code points
  std::size_t value_length_max = 1024;
};

// FieldReader takes the fields of one JSON object out of a request body and collects every fault on the way, so that the client learns of
// all at once. Unknown fields are ignored, unless refuse_all_but() is asked; an optional field that is null is absent. Strings never hold
// U+0000 (no database takes it). A required_… with a fault answers an empty value: look at faults() before using any. Not thread-safe.
// Borrows the JSON document.
//
//   FieldReader body(document.root(), {"body"});
//   const auto email = body.required_string("email", {.length_max = 320});
//   const auto priority = body.optional_integer("priority", {.min = 0, .max = 9});
//   if (!body.faults().empty()) return unprocessable(body.faults());
class FieldReader {
 public:
  // A value that is no object is one fault, and every field is then taken as absent without another.
  FieldReader(JsonValue object, FieldPlace place);

  std::string required_string(std::string_view key, const StringRule& rule);
  std::optional<std::string> optional_string(std::string_view key, const StringRule& rule);

  // An integer by value: 3 and 3.0; never a string of digits.
  std::int64_t required_integer(std::string_view key, const IntegerRule& rule);
  std::optional<std::int64_t> optional_integer(std::string_view key, const IntegerRule& rule);

  // A number within [min, max].
  std::optional<double> optional_number(std::string_view key, double min, double max);

  bool required_boolean(std::string_view key);
  std::optional<bool> optional_boolean(std::string_view key);

  std::optional<JsonValue> required_object(std::string_view key);
  std::optional<JsonValue> optional_object(std::string_view key);
  std::optional<JsonValue> optional_array(std::string_view key);
  // Of any kind but null.
  std::optional<JsonValue> optional_value(std::string_view key);

  std::optional<std::map<std::string, std::string>> optional_string_map(std::string_view key, const StringMapRule& rule);
  std::optional<std::vector<std::string>> optional_string_list(std::string_view key, std::size_t entries_max, const StringRule& rule);

  // RFC 3339 with an offset or Z; finer than milliseconds is cut off.
  std::optional<Timestamp> optional_time(std::string_view key);

  // Whether the field stands in the body, null included: tells "set to null" from "left alone" in partial updates.
  bool has(std::string_view key) const;
  bool is_null(std::string_view key) const;

  // Each field of another name than these is a fault, which says what `whole` ("a budget") has; null ones are none, and of many only the
  // first few are told. For what must not be dropped in silence because its name is misspelt.
  void refuse_all_but(std::span<const std::string_view> names, std::string_view whole);
  // The same, and those of `tolerated` are no faults either, but are not told as what `whole` has.
  void refuse_all_but(std::span<const std::string_view> names, std::string_view whole, std::span<const std::string_view> tolerated);

  // A rule of the caller's own was broken by this field, e.g. "value is not a valid email address"; type value_error.
  void add_fault(std::string_view key, std::string msg);

  const std::vector<FieldFault>& faults() const { return faults_; }
  std::vector<FieldFault> take_faults() { return std::move(faults_); }
  void move_faults_to(std::vector<FieldFault>& all) {
    for (FieldFault& fault : faults_) all.push_back(std::move(fault));
    faults_.clear();
  }

 private:
  std::optional<JsonValue> present(std::string_view key) const;
  std::optional<JsonValue> required(std::string_view key);
  std::optional<std::string> read_string(JsonValue value, const StringRule& rule, FieldPlace at);
  std::optional<std::int64_t> read_integer(JsonValue value, const IntegerRule& rule, std::string_view key);
  std::optional<bool> read_boolean(JsonValue value, std::string_view key);
  std::optional<JsonValue> read_object(JsonValue value, std::string_view key);
  FieldPlace place_of(std::string_view key) const;
  void refuse(FieldPlace at, std::string msg, std::string type);

  const JsonValue object_;
  const FieldPlace place_;
  std::vector<FieldFault> faults_;
};

}  // namespace orc
