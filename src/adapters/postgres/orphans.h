#pragma once

#include "adapters/postgres/transaction.h"
#include "ports/job_store.h"

namespace orc::postgres {

// Ends jobs that removed users and plugins have left, as JobStore::end_orphans. Who removes one notes it in `removals`.
EndedOrphans end_orphans(Transaction& transaction, int count, Timestamp now);

}  // namespace orc::postgres
