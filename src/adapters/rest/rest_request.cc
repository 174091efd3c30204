#include "adapters/rest/rest_request.h"

#include <algorithm>
#include <limits>

#include "adapters/rest/problem.h"

namespace orc {
namespace {

// No list is longer; keeps sums of window and position far from overflow.
constexpr std::int64_t skip_max = 1'000'000'000'000;

// One spelling for each number: no sign, no leading zero.
bool is_plain_number(std::string_view text) {
  const bool digits = !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  return digits && (text.size() == 1 || text.front() != '0');
}

constexpr std::string_view no_integer = "Input should be a valid integer, unable to parse string as an integer";

}  // namespace

void QueryReader::refuse_if_given(std::initializer_list<std::string_view> not_offered) {
  for (const std::string_view name : not_offered)
    if (text(name)) refuse(name, "This release does not offer '" + std::string(name) + "'", "not_offered");
}

void QueryReader::refuse(std::string_view name, std::string msg, std::string type) {
  faults_.push_back({.loc = {"query", std::string(name)}, .msg = std::move(msg), .type = std::move(type)});
}

std::optional<std::string_view> QueryReader::only_one(std::string_view name) {
  std::optional<std::string_view> found;
  for (const HttpParameter& parameter : head_.query_parameters) {
    if (parameter.name != name) continue;
    if (found) {
      refuse(name, "Value error, the parameter may stand in the query once only", "value_error");
      return std::nullopt;
    }
    found = parameter.value;
  }
  return found;
}

std::optional<std::string_view> QueryReader::text(std::string_view name) {
  const auto value = only_one(name);
  return value && !value->empty() ? value : std::nullopt;
}

std::optional<std::int64_t> QueryReader::integer(std::string_view name, std::int64_t min, std::int64_t max) {
  const auto value = only_one(name);
  if (!value) return std::nullopt;
  auto number = read_integer_text(*value, min, max, {"query", std::string(name)});
  if (number) return *number;
  faults_.push_back(std::move(number).error());
  return std::nullopt;
}

std::int64_t QueryReader::count(std::string_view name, std::int64_t otherwise, std::int64_t most) {
  const auto value = only_one(name);
  if (!value) return otherwise;
  if (!is_plain_number(*value)) {
    const bool negative = value->starts_with('-') && is_plain_number(value->substr(1)) && *value != "-0";
    if (negative) {
      refuse(name, "Input should be greater than or equal to 0", "greater_than_equal");
    } else {
      refuse(name, std::string(no_integer), "int_parsing");
    }
    return otherwise;
  }
  const auto number = read_integer_text(*value, 0, most, {});
  return number ? *number : most;
}

Page QueryReader::page(int limit_default) {
  const std::int64_t skip = count("skip", 0, skip_max);
  return {.skip = skip, .limit = static_cast<int>(count("limit", limit_default, page_limit_max))};
}

bool QueryReader::is_second_word(std::string_view name, std::string_view first, std::string_view second) {
  const auto value = text(name);
  if (!value || *value == first) return false;
  if (*value == second) return true;
  refuse(name, std::string("Input should be '").append(first).append("' or '").append(second).append("'"), "literal_error");
  return false;
}

std::expected<std::int64_t, HttpResponse> path_id(const PathParameters& path, std::string_view not_found) {
  std::string_view text = path_parameter(path, "id");
  const bool negative = text.starts_with('-');
  if (negative) text.remove_prefix(1);
  if (!is_plain_number(text))
    return std::unexpected(unprocessable(FieldFault{.loc = {"path", "id"}, .msg = std::string(no_integer), .type = "int_parsing"}));
  const auto number = read_integer_text(text, 1, std::numeric_limits<std::int64_t>::max(), {});
  if (negative || !number) return std::unexpected(problem(404, not_found));
  return *number;
}

}  // namespace orc
