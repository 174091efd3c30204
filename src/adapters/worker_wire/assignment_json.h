#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "domain/result.h"
#include "ports/work_source.h"

namespace orc {

// The answer to a claim: {"service": …, "runs": […], "versions": […]}. Runs name their plugin version by its id; each version stands there
// once, with what a worker needs of it: no schemas, no retry policy, as the server judges outcomes. An input travels as the text of a JSON
// string, so that the worker gets the bytes that came, or as the hash of a blob.
std::string assignments_text(std::span<const Assignment> runs);

// Errors: internal, naming what is wrong: the server does not speak this protocol.
Result<std::vector<Assignment>> read_assignments(std::string_view text);

}  // namespace orc
