#pragma once

#include <string>
#include <string_view>

#include "domain/job/job_state.h"

namespace orc::postgres {

// The label of the enum type jobstatus (contract section 5), and back. Precondition of the second: it is one.
std::string_view status_label(JobStatus status);
JobStatus status_of_label(std::string_view label);

}  // namespace orc::postgres
