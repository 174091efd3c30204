#include "adapters/worker_wire/run_name_json.h"

#include <string>
#include <utility>

namespace orc {

void write_run_name(JsonWriter& json, RunName run) {
  json.member("job_id", std::to_underlying(run.job));
  json.member("fence", std::to_underlying(run.fence));
}

RunName read_run_name(FieldReader& fields) {
  const auto job = fields.required_integer("job_id", {.min = 1});
  const auto fence = fields.required_integer("fence", {.min = 0});
  return {.job = JobId{job}, .fence = Fence{fence}};
}

void write_run_names(JsonWriter& json, std::string_view key, std::span<const RunName> runs) {
  json.key(key).begin_array();
  for (const RunName run : runs) {
    json.begin_object();
    write_run_name(json, run);
    json.end_object();
  }
  json.end_array();
}

std::vector<RunName> read_run_names(FieldReader& fields, std::string_view key, std::size_t runs_max) {
  std::vector<RunName> runs;
  const auto list = fields.optional_array(key);
  if (!list) return runs;
  if (list->size() > runs_max) {
    fields.add_fault(key, "Value error, at most " + std::to_string(runs_max) + " runs may stand here");
    return runs;
  }
  for (const JsonValue element : list->elements()) {
    FieldReader run(element, {});
    runs.push_back(read_run_name(run));
    if (run.faults().empty()) continue;
    fields.add_fault(key, "Value error, each run is an object with the integers job_id and fence");
    break;
  }
  return runs;
}

}  // namespace orc
