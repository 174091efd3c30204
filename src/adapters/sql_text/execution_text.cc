#include "adapters/sql_text/execution_text.h"

#include "adapters/json/json_writer.h"
#include "adapters/sql_text/json_column.h"
#include "domain/assert.h"

namespace orc {
namespace {

std::string word_of(JsonValue object, std::string_view name) {
  const auto value = object.find(name);
  return value ? value->string() : std::string();
}

void write_warm(JsonWriter& json, const WarmTerms& warm) {
  if (warm == WarmTerms{}) return;
  json.key("warm").begin_object();
  json.member("processes_max", warm.processes_max);
  json.member("in_flight", warm.in_flight);
  json.member("start_seconds", warm.start.count());
  json.member("idle_seconds", warm.idle.count());
  json.member("requests_max", warm.requests_max);
  json.member("share", to_word(warm.share));
  if (warm.files_out) json.member("files_out", true);
  json.end_object();
}

WarmTerms warm_of(JsonValue object) {
  WarmTerms warm;
  warm.processes_max = static_cast<int>(integer_of(object, "processes_max").value_or(warm.processes_max));
  warm.in_flight = static_cast<int>(integer_of(object, "in_flight").value_or(warm.in_flight));
  warm.start = std::chrono::seconds{integer_of(object, "start_seconds").value_or(warm.start.count())};
  warm.idle = std::chrono::seconds{integer_of(object, "idle_seconds").value_or(warm.idle.count())};
  warm.requests_max = integer_of(object, "requests_max").value_or(warm.requests_max);
  const auto files_out = object.find("files_out");
  warm.files_out = files_out && files_out->as_boolean().value_or(false);
  warm.share = warm_share_from_word(word_of(object, "share")).value_or(warm.share);
  return warm;
}

}  // namespace

std::string execution_to_text(const PluginSpec& spec) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  if (spec.mode != PluginMode::once) json.member("mode", to_word(spec.mode));
  if (spec.limits.queue) json.member("queue_seconds", spec.limits.queue->count());
  write_warm(json, spec.warm);
  if (spec.network != NetworkAccess::none) json.member("network", to_word(spec.network));
  json.end_object();
  return text;
}

void read_execution(std::string_view text, PluginSpec& spec) {
  const auto document = JsonDocument::parse(text);
  ORC_ASSERT(document.has_value());
  const JsonValue object = document->root();
  spec.mode = plugin_mode_from_word(word_of(object, "mode")).value_or(PluginMode::once);
  if (const auto seconds = integer_of(object, "queue_seconds")) spec.limits.queue = std::chrono::seconds{*seconds};
  if (const auto warm = object.find("warm")) spec.warm = warm_of(*warm);
  spec.network = network_access_from_word(word_of(object, "network")).value_or(NetworkAccess::none);
}

}  // namespace orc
