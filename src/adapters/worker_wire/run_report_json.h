#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "adapters/json/field_fault.h"
#include "domain/job/run_name.h"
#include "domain/job/run_report.h"

namespace orc {

// What a run says while it goes on, as it travels.
struct ReportedRun {
  RunName run;
  RunReport report;
};

// One report as an object.
std::string reported_run_text(const ReportedRun& reported);

// {"reports": […]}. The error is what is wrong with it.
std::expected<std::vector<ReportedRun>, std::vector<FieldFault>> read_reported_runs(std::string_view body);

}  // namespace orc
