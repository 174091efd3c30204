#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "adapters/json/field_reader.h"
#include "adapters/json/json_writer.h"
#include "domain/job/run_name.h"

namespace orc {

// The two fields that name a run, inside an object that is open or being read.
void write_run_name(JsonWriter& json, RunName run);
RunName read_run_name(FieldReader& fields);

// A list of runs, as {"job_id", "fence"} each, under `key`.
void write_run_names(JsonWriter& json, std::string_view key, std::span<const RunName> runs);
// Faults go to `fields`. None if there is no such list.
std::vector<RunName> read_run_names(FieldReader& fields, std::string_view key, std::size_t runs_max);

}  // namespace orc
