#include "adapters/package/plugin_placement_reader.h"

#include "domain/placement/resources.h"

namespace orc {
namespace {

constexpr StringMapRule label_rule{
    .entries_max = placement_names_max, .key_length_max = placement_name_length_max, .value_length_max = placement_name_length_max};

// Takes what can be read, so that it is judged.
std::map<std::string, std::int64_t> read_amounts(JsonValue object, std::vector<FieldFault>& faults) {
  FieldReader fields(object, {"resources", "custom"});
  std::map<std::string, std::int64_t> amounts;
  for (const auto& member : object.members()) {
    std::string name = member.key.string();
    const auto amount = fields.required_integer(name, {.min = 1, .max = placement_custom_amount_max});
    if (amount > 0) amounts.emplace(std::move(name), amount);
  }
  fields.move_faults_to(faults);
  return amounts;
}

void read_resources(FieldReader& body, PluginResources& resources, std::vector<FieldFault>& faults) {
  if (body.is_null("resources")) resources = {};
  const auto object = body.optional_object("resources");
  if (!object) return;
  FieldReader fields(*object, {"resources"});
  if (fields.is_null("cpus")) resources.cpus.reset();
  if (fields.is_null("memory_mb")) resources.memory_mb.reset();
  if (fields.is_null("custom")) resources.custom.clear();
  if (const auto cpus = fields.optional_number("cpus", 0.01, placement_cpus_max)) resources.cpus = cpus;
  if (const auto memory = fields.optional_integer("memory_mb", {.min = 0, .max = placement_memory_mb_max})) resources.memory_mb = memory;
  if (const auto gpus = fields.optional_integer("gpus", {.min = 0, .max = placement_gpus_max})) resources.gpus = *gpus;
  if (const auto custom = fields.optional_object("custom")) resources.custom = read_amounts(*custom, faults);
  fields.move_faults_to(faults);
}

}  // namespace

void read_plugin_placement(FieldReader& body, PluginSpec& spec, std::vector<FieldFault>& faults) {
  read_resources(body, spec.resources, faults);
  if (body.is_null("isolation")) spec.isolation.reset();
  if (const auto word = body.optional_string("isolation", {})) {
    spec.isolation = isolation_from_word(*word);
    if (!spec.isolation) body.add_fault("isolation", "Input should be 'none', 'container' or 'strict'");
  }
  if (body.is_null("worker_labels")) spec.worker_labels.clear();
  if (auto labels = body.optional_string_map("worker_labels", label_rule)) spec.worker_labels = std::move(*labels);
}

}  // namespace orc
