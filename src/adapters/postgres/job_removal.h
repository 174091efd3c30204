#pragma once

#include <vector>

#include "adapters/postgres/transaction.h"
#include "domain/strong_id.h"

namespace orc::postgres {

// Removes jobs with all that belongs to them. Gives how many there were. A share's line that is empty by this is retired by a claim.
int remove_jobs(Transaction& transaction, const std::vector<JobId>& ids);

}  // namespace orc::postgres
