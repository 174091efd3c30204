#include "adapters/sql_text/column_text.h"

#include "adapters/json/json_writer.h"
#include "adapters/sql_text/json_column.h"
#include "domain/assert.h"

namespace orc {
namespace {

template <typename Values, typename Convert>
std::string array_to_text(const Values& values, Convert convert) {
  std::string text;
  JsonWriter json(text);
  json.begin_array();
  for (const auto& value : values) json.value(convert(value));
  json.end_array();
  return text;
}

}  // namespace

std::string string_map_to_text(const std::map<std::string, std::string>& map) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  for (const auto& [key, value] : map) json.member(key, value);
  json.end_object();
  return text;
}

std::map<std::string, std::string> string_map_from_text(std::string_view text) {
  std::map<std::string, std::string> map;
  const JsonDocument document = parse_column(text);
  for (const auto& [key, value] : document.root().members()) map.emplace(key.string(), value.string());
  return map;
}

std::optional<std::string> labels_to_text(const Labels& labels) {
  if (labels.empty()) return {};
  return string_map_to_text(labels);
}

Labels labels_from_text(std::string_view text) { return text.empty() ? Labels{} : string_map_from_text(text); }

std::string strings_to_text(const std::vector<std::string>& strings) {
  return array_to_text(strings, [](const std::string& one) { return std::string_view(one); });
}

std::vector<std::string> strings_from_text(std::string_view text) {
  std::vector<std::string> strings;
  const JsonDocument document = parse_column(text);
  for (const JsonValue value : document.root().elements()) strings.push_back(value.string());
  return strings;
}

std::string durations_to_text(const std::vector<std::chrono::milliseconds>& durations) {
  return array_to_text(durations, [](std::chrono::milliseconds one) { return std::int64_t{one.count()}; });
}

std::vector<std::chrono::milliseconds> durations_from_text(std::string_view text) {
  std::vector<std::chrono::milliseconds> durations;
  const JsonDocument document = parse_column(text);
  for (const JsonValue value : document.root().elements()) durations.emplace_back(value.as_int64().value_or(0));
  return durations;
}

std::string scopes_to_text(const std::vector<Scope>& scopes) {
  return array_to_text(scopes, [](Scope scope) { return to_word(scope); });
}

std::vector<Scope> scopes_from_text(std::string_view text) {
  std::vector<Scope> scopes;
  const JsonDocument document = parse_column(text);
  for (const JsonValue value : document.root().elements()) {
    const auto scope = scope_from_word(value.string());
    ORC_ASSERT(scope.has_value());
    scopes.push_back(*scope);
  }
  return scopes;
}

}  // namespace orc
