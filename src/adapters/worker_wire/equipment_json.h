#pragma once

#include "adapters/json/field_reader.h"
#include "adapters/json/json_writer.h"
#include "domain/placement/equipment.h"

namespace orc {

// What a worker has, as fields inside an object that is open or being read: runtimes, cpus, memory_mb, gpus, custom, labels, host, release,
// network. What was not said is left away.
void write_equipment(JsonWriter& json, const Equipment& equipment);

// Faults go to `fields`; then what is given means nothing. A runtime that this release does not know is left away.
Equipment read_equipment(FieldReader& fields);

}  // namespace orc
