#pragma once

#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/json/field_fault.h"
#include "domain/job/run_name.h"
#include "domain/payload.h"
#include "ports/cluster.h"

namespace orc {

// How a run ended, as it travels. A long output stands in the blob store under `output_blob`; `outcome.output` is empty then.
struct FinishedRun {
  RunName run;
  PluginOutcome outcome;
  std::optional<ContentHash> output_blob;
};

// Whether the output may stand in the end itself, as the text of a JSON string.
bool fits_inline(const std::string& output);

// One end as an object; its log as write_log() has it.
std::string finished_run_text(const FinishedRun& end);

// {"ends": […]}. The error is what is wrong with it.
std::expected<std::vector<FinishedRun>, std::vector<FieldFault>> read_finished_runs(std::string_view body);

// {"results": […]}, one for each end in its order: {"status"} or {"error": {"code", "detail"}}.
std::string end_results_text(std::span<const Result<JobStatus>> results);
// Errors: internal, if it is not that, or not of `count` results.
Result<std::vector<Result<JobStatus>>> read_end_results(std::string_view text, std::size_t count);

}  // namespace orc
