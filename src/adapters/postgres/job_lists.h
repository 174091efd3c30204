#pragma once

#include "adapters/postgres/reading.h"
#include "ports/job_reader.h"

namespace orc::postgres {

// A page of jobs, newest first, with its exact total; as JobReader::list.
//
// There is one index for lists, (owner, plugin name, status, id), because every index costs each submission. The counters name the
// stretches of that index that a filter touches, and a page is a merge of the heads of those stretches; without a filter it is a walk over
// the primary key. A page beyond the middle is found from the other end.
JobPage list_jobs(Reading& reading, const JobFilter& filter, Page page);

}  // namespace orc::postgres
