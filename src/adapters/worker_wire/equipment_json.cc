#include "adapters/worker_wire/equipment_json.h"

#include "domain/whole_characters.h"

namespace orc {
namespace {

constexpr StringRule runtime_rule{.length_max = 100};
constexpr std::size_t runtimes_max = 16;
constexpr StringMapRule label_rule{
    .entries_max = placement_names_max, .key_length_max = placement_name_length_max, .value_length_max = placement_name_length_max};
constexpr StringRule network_rule{.length_max = 100};
constexpr StringRule isolation_rule{.length_max = 100};
constexpr StringRule host_rule{.length_max = 100};
constexpr std::size_t release_bytes_max = 100;  // that are kept: earlier servers took any
constexpr auto name_rule = "Value error, names and values are 1 to 63 letters, digits and . _ - /, a letter or a digit first";

void read_runtimes(FieldReader& fields, Equipment& equipment) {
  const auto words = fields.optional_string_list("runtimes", runtimes_max, runtime_rule);
  if (!words) return;
  for (const std::string& word : *words)
    if (const auto runtime = runtime_from_word(word)) equipment.runtimes.insert(*runtime);
  // None said means any, so who can run nothing that we know must not say so by this.
  if (equipment.runtimes.empty()) fields.add_fault("runtimes", "Value error, this release knows 'folder' and 'image'");
}

void read_custom(FieldReader& fields, Equipment& equipment) {
  const auto object = fields.optional_object("custom");
  if (!object) return;
  if (object->size() > placement_names_max) return fields.add_fault("custom", "Value error, at most 8 entries");
  for (const auto& member : object->members()) {
    const std::string name = member.key.string();
    const auto amount = member.value.as_int64();
    if (!is_placement_name(name)) return fields.add_fault("custom", name_rule);
    if (!amount || *amount < 0 || *amount > placement_custom_amount_max)
      return fields.add_fault("custom", "Value error, an amount is a whole number from 0 to 1000000000");
    equipment.custom.emplace(name, *amount);
  }
}

void read_labels(FieldReader& fields, Equipment& equipment) {
  auto labels = fields.optional_string_map("labels", label_rule);
  if (!labels) return;
  for (const auto& [name, value] : *labels)
    if (!is_placement_name(name) || !is_placement_name(value)) return fields.add_fault("labels", name_rule);
  equipment.labels = std::move(*labels);
}

void read_release(FieldReader& fields, Equipment& equipment) {
  equipment.release = whole_characters(fields.optional_string("release", {}).value_or(""), release_bytes_max);
}

// A word that this release does not know is none that it could give away.
NetworkAccess read_network(FieldReader& fields) {
  return network_access_from_word(fields.optional_string("network", network_rule).value_or("")).value_or(NetworkAccess::none);
}

// Likewise: such an isolation is taken for the least.
void read_images(FieldReader& fields, Equipment& equipment) {
  const auto object = fields.optional_object("images");
  if (!object) return;
  FieldReader terms(*object, {});
  const auto isolation = isolation_from_word(terms.optional_string("isolation", isolation_rule).value_or(""));
  equipment.images = ImageTerms{.isolation = isolation.value_or(Isolation::none),
                                .network = read_network(terms),
                                .warm = terms.optional_boolean("warm").value_or(false)};
  if (!terms.faults().empty()) fields.add_fault("images", "Value error, isolation and network are words, warm is true or false");
}

void write_images(JsonWriter& json, const ImageTerms& terms) {
  json.key("images").begin_object();
  json.member("isolation", to_word(terms.isolation));
  if (terms.network != NetworkAccess::none) json.member("network", to_word(terms.network));
  json.member("warm", terms.warm);
  json.end_object();
}

template <typename Value>
void write_map(JsonWriter& json, std::string_view key, const std::map<std::string, Value>& map) {
  json.key(key).begin_object();
  for (const auto& [name, value] : map) json.member(name, value);
  json.end_object();
}

}  // namespace

void write_equipment(JsonWriter& json, const Equipment& equipment) {
  if (!equipment.runtimes.empty()) {
    json.key("runtimes").begin_array();
    for (const Runtime runtime : equipment.runtimes) json.value(to_word(runtime));
    json.end_array();
  }
  if (equipment.cpus) json.member("cpus", *equipment.cpus);
  if (equipment.memory_mb) json.member("memory_mb", *equipment.memory_mb);
  json.member("gpus", equipment.gpus);
  write_map(json, "custom", equipment.custom);
  write_map(json, "labels", equipment.labels);
  if (equipment.warm_requests > 0) json.member("warm_requests", equipment.warm_requests);
  if (!equipment.host.empty()) json.member("host", equipment.host);
  if (equipment.host_memory_mb > 0) json.member("host_memory_mb", equipment.host_memory_mb);
  if (!equipment.release.empty()) json.member("release", equipment.release);
  if (equipment.network != NetworkAccess::none) json.member("network", to_word(equipment.network));
  if (equipment.images) write_images(json, *equipment.images);
}

Equipment read_equipment(FieldReader& fields) {
  Equipment equipment;
  read_runtimes(fields, equipment);
  equipment.cpus = fields.optional_number("cpus", 0.01, placement_cpus_max);
  equipment.memory_mb = fields.optional_integer("memory_mb", {.min = 0, .max = placement_memory_mb_max});
  equipment.gpus = fields.optional_integer("gpus", {.min = 0, .max = placement_gpus_max}).value_or(0);
  read_custom(fields, equipment);
  read_labels(fields, equipment);
  equipment.warm_requests = fields.optional_integer("warm_requests", {.min = 0, .max = 1'000'000}).value_or(0);
  equipment.host = fields.optional_string("host", host_rule).value_or("");
  equipment.host_memory_mb = fields.optional_integer("host_memory_mb", {.min = 0, .max = placement_memory_mb_max}).value_or(0);
  read_release(fields, equipment);
  equipment.network = read_network(fields);
  read_images(fields, equipment);
  return equipment;
}

}  // namespace orc
