#pragma once

#include "adapters/postgres/transaction.h"
#include "domain/time.h"

namespace orc::postgres {

// Queues again what a program that is none of ours has set to PROCESSING, such as the older service, and has not ended within the time that
// a run may take: it has no beat that tells whether it lives. It counts as a lost worker. A batch; the rest comes with the next call.
void take_back_abandoned(Transaction& transaction, Timestamp now);

}  // namespace orc::postgres
