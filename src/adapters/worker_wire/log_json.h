#pragma once

#include <vector>

#include "adapters/json/field_reader.h"
#include "adapters/json/json_writer.h"
#include "domain/job/attempt.h"

namespace orc {

// The lines of a run's log inside an object that is open or being read: `log`, and `log_from`, the number of its first line within the
// attempt, if that is not 1. Nothing if there are no lines. Of too many, the middle is left out and a line says so.
void write_log(JsonWriter& json, const std::vector<LogLine>& log);

// Numbered on from `log_from`. Faults go to `fields`.
std::vector<LogLine> read_log(FieldReader& fields);

}  // namespace orc
