#include "adapters/json/field_fault.h"

#include <charconv>
#include <system_error>

namespace orc {

void write_faults(JsonWriter& json, std::span<const FieldFault> faults) {
  json.begin_array();
  for (const auto& fault : faults) {
    json.begin_object();
    json.key("loc").begin_array();
    for (const auto& step : fault.loc) std::visit([&json](const auto& name_or_index) { json.value(name_or_index); }, step);
    json.end_array();
    json.member("msg", fault.msg);
    json.member("type", fault.type);
    json.end_object();
  }
  json.end_array();
}

FieldFault malformed_json_fault(const Error& error) { return {.loc = {"body"}, .msg = error.message, .type = "json_invalid"}; }

std::expected<std::int64_t, FieldFault> read_integer_text(std::string_view text, std::int64_t min, std::int64_t max, FieldPlace loc) {
  const auto fault = [&loc](std::string msg, std::string type) {
    return std::unexpected(FieldFault{.loc = std::move(loc), .msg = std::move(msg), .type = std::move(type)});
  };
  std::int64_t value = 0;
  const char* const last = text.data() + text.size();
  const auto end = std::from_chars(text.data(), last, value);
  if (end.ec == std::errc::invalid_argument || end.ptr != last) {
    return fault("Input should be a valid integer, unable to parse string as an integer", "int_parsing");
  }
  const bool overflow = end.ec == std::errc::result_out_of_range;
  const bool negative = text.starts_with('-');
  if (overflow ? negative : value < min)
    return fault("Input should be greater than or equal to " + std::to_string(min), "greater_than_equal");
  if (overflow ? !negative : value > max) return fault("Input should be less than or equal to " + std::to_string(max), "less_than_equal");
  return value;
}

}  // namespace orc
