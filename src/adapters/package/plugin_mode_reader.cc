#include "adapters/package/plugin_mode_reader.h"

namespace orc {
namespace {

void read_warm(FieldReader& body, WarmTerms& warm, std::vector<FieldFault>& faults) {
  if (body.is_null("warm")) warm = {};
  const auto object = body.optional_object("warm");
  if (!object) return;
  FieldReader fields(*object, {"warm"});
  const auto integer = [&](std::string_view name, auto max) {
    return fields.optional_integer(name, {.min = 1, .max = static_cast<std::int64_t>(max)});
  };
  if (const auto count = integer("processes_max", warm_processes_max)) warm.processes_max = static_cast<int>(*count);
  if (const auto count = integer("in_flight", warm_in_flight_max)) warm.in_flight = static_cast<int>(*count);
  if (const auto seconds = integer("start_seconds", warm_start_max.count())) warm.start = std::chrono::seconds{*seconds};
  if (const auto seconds = integer("idle_seconds", warm_idle_max.count())) warm.idle = std::chrono::seconds{*seconds};
  if (const auto count = integer("requests_max", warm_requests_max)) warm.requests_max = *count;
  if (const auto word = fields.optional_string("share", {})) {
    const auto share = warm_share_from_word(*word);
    if (share) warm.share = *share;
    if (!share) fields.add_fault("share", "Input should be 'owner' or 'all'");
  }
  if (const auto files_out = fields.optional_boolean("files_out")) warm.files_out = *files_out;
  fields.move_faults_to(faults);
}

}  // namespace

void read_plugin_mode(FieldReader& body, PluginSpec& spec, std::vector<FieldFault>& faults) {
  if (body.is_null("mode")) spec.mode = PluginMode::once;
  if (const auto word = body.optional_string("mode", {})) {
    const auto mode = plugin_mode_from_word(*word);
    if (mode) spec.mode = *mode;
    if (!mode) body.add_fault("mode", "Input should be 'once' or 'warm'");
  }
  read_warm(body, spec.warm, faults);
}

}  // namespace orc
