#include "adapters/sql_text/placement_text.h"

#include "adapters/json/json_writer.h"
#include "adapters/sql_text/json_column.h"

namespace orc {
namespace {

template <typename Value>
void write_map(JsonWriter& json, std::string_view name, const std::map<std::string, Value>& map) {
  if (map.empty()) return;
  json.key(name).begin_object();
  for (const auto& [key, value] : map) json.member(key, value);
  json.end_object();
}

void write_special(JsonWriter& json, std::int64_t gpus, const std::map<std::string, std::int64_t>& custom) {
  if (gpus > 0) json.member("gpus", gpus);
  write_map(json, "custom", custom);
}

std::optional<double> number_of(JsonValue object, std::string_view name) {
  const auto value = object.find(name);
  return value ? value->as_double() : std::nullopt;
}

NetworkAccess network_of(JsonValue object) {
  const auto value = object.find("network");
  return value ? network_access_from_word(value->string()).value_or(NetworkAccess::none) : NetworkAccess::none;
}

std::optional<Isolation> isolation_of(JsonValue object) {
  const auto value = object.find("isolation");
  return value ? isolation_from_word(value->string()) : std::nullopt;
}

std::optional<ImageTerms> images_of(JsonValue object) {
  const auto images = object.find("images");
  if (!images) return {};
  const auto warm = images->find("warm");
  return ImageTerms{.isolation = isolation_of(*images).value_or(Isolation::none),
                    .network = network_of(*images),
                    .warm = warm && warm->as_boolean().value_or(false)};
}

std::map<std::string, std::int64_t> amounts_of(JsonValue object, std::string_view name) {
  std::map<std::string, std::int64_t> amounts;
  if (const auto value = object.find(name))
    for (const auto& [key, amount] : value->members()) amounts.emplace(key.string(), amount.as_int64().value_or(0));
  return amounts;
}

std::map<std::string, std::string> words_of(JsonValue object, std::string_view name) {
  std::map<std::string, std::string> words;
  if (const auto value = object.find(name))
    for (const auto& [key, word] : value->members()) words.emplace(key.string(), word.string());
  return words;
}

std::optional<WarmNeeds> warm_needs_of(JsonValue object) {
  const auto warm = object.find("warm");
  if (!warm) return {};
  const auto pool = warm->find("pool");
  return WarmNeeds{.pool = pool ? pool->string() : std::string(), .requests_max = integer_of(*warm, "requests_max").value_or(1)};
}

}  // namespace

std::string requirements_to_text(const Requirements& requirements) {
  const Resources& resources = requirements.resources;
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  if (requirements.isolation != Isolation::none) json.member("isolation", to_word(requirements.isolation));
  json.member("runtime", to_word(requirements.runtime));
  if (requirements.network != NetworkAccess::none) json.member("network", to_word(requirements.network));
  if (resources.cpus > 0) json.member("cpus", resources.cpus);
  json.member("memory_mb", resources.memory_mb);
  write_special(json, resources.gpus, resources.custom);
  write_map(json, "worker_labels", requirements.worker_labels);
  if (requirements.warm) {
    json.key("warm").begin_object();
    json.member("pool", requirements.warm->pool);
    json.member("requests_max", requirements.warm->requests_max);
    json.end_object();
  }
  json.end_object();
  return text;
}

Requirements requirements_from_text(std::string_view text) {
  const JsonDocument document = parse_column(text);
  const JsonValue object = document.root();
  const auto runtime = object.find("runtime");
  return {.isolation = isolation_of(object).value_or(Isolation::none),
          .runtime = runtime ? runtime_from_word(runtime->string()).value_or(Runtime::folder) : Runtime::folder,
          .resources = {.cpus = number_of(object, "cpus").value_or(0),
                        .memory_mb = integer_of(object, "memory_mb").value_or(0),
                        .gpus = integer_of(object, "gpus").value_or(0),
                        .custom = amounts_of(object, "custom")},
          .worker_labels = words_of(object, "worker_labels"),
          .warm = warm_needs_of(object),
          .network = network_of(object)};
}

std::string equipment_to_text(const Equipment& equipment) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  if (!equipment.runtimes.empty()) {
    json.key("runtimes").begin_array();
    for (const Runtime runtime : equipment.runtimes) json.value(to_word(runtime));
    json.end_array();
  }
  if (equipment.cpus) json.member("cpus", *equipment.cpus);
  if (equipment.memory_mb) json.member("memory_mb", *equipment.memory_mb);
  write_special(json, equipment.gpus, equipment.custom);
  write_map(json, "labels", equipment.labels);
  if (equipment.warm_requests > 0) json.member("warm_requests", equipment.warm_requests);
  if (!equipment.host.empty()) json.member("host", equipment.host);
  if (equipment.host_memory_mb > 0) json.member("host_memory_mb", equipment.host_memory_mb);
  if (!equipment.release.empty()) json.member("release", equipment.release);
  if (equipment.network != NetworkAccess::none) json.member("network", to_word(equipment.network));
  if (equipment.images) {
    json.key("images").begin_object();
    json.member("isolation", to_word(equipment.images->isolation));
    if (equipment.images->network != NetworkAccess::none) json.member("network", to_word(equipment.images->network));
    json.member("warm", equipment.images->warm);
    json.end_object();
  }
  json.end_object();
  return text;
}

Equipment equipment_from_text(std::string_view text) {
  const JsonDocument document = parse_column(text);
  const JsonValue object = document.root();
  Equipment equipment{.runtimes = {},
                      .cpus = number_of(object, "cpus"),
                      .memory_mb = integer_of(object, "memory_mb"),
                      .gpus = integer_of(object, "gpus").value_or(0),
                      .custom = amounts_of(object, "custom"),
                      .labels = words_of(object, "labels"),
                      .warm_requests = integer_of(object, "warm_requests").value_or(0),
                      .host = {},
                      .host_memory_mb = integer_of(object, "host_memory_mb").value_or(0),
                      .release = {},
                      .network = network_of(object),
                      .images = images_of(object)};
  if (const auto host = object.find("host")) equipment.host = host->string();
  if (const auto release = object.find("release")) equipment.release = release->string();
  if (const auto list = object.find("runtimes"))
    for (const JsonValue word : list->elements())
      if (const auto runtime = runtime_from_word(word.string())) equipment.runtimes.insert(*runtime);
  return equipment;
}

std::string placement_to_text(const PluginSpec& spec) {
  std::string text;
  JsonWriter json(text);
  json.begin_object();
  if (spec.isolation) json.member("isolation", to_word(*spec.isolation));
  if (spec.resources.cpus) json.member("cpus", *spec.resources.cpus);
  if (spec.resources.memory_mb) json.member("memory_mb", *spec.resources.memory_mb);
  write_special(json, spec.resources.gpus, spec.resources.custom);
  write_map(json, "worker_labels", spec.worker_labels);
  json.end_object();
  return text;
}

void read_placement(std::string_view text, PluginSpec& spec) {
  const JsonDocument document = parse_column(text);
  const JsonValue object = document.root();
  spec.isolation = isolation_of(object);
  spec.resources = {.cpus = number_of(object, "cpus"),
                    .memory_mb = integer_of(object, "memory_mb"),
                    .gpus = integer_of(object, "gpus").value_or(0),
                    .custom = amounts_of(object, "custom")};
  spec.worker_labels = words_of(object, "worker_labels");
}

}  // namespace orc
