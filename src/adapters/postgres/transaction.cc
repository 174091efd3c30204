#include "adapters/postgres/transaction.h"

namespace orc::postgres {

void Transaction::begin() {
  if (has_begun_) return;
  connection_.send("begin_write", Parameters());
  has_begun_ = true;
}

void Transaction::commit() {
  if (!has_begun_) return;
  send_counters();
  connection_.send("mark_transaction", Parameters(mark_.writer, mark_.number, mark_.generation));
  connection_.send("end_transaction", Parameters());
  exchange();
}

}  // namespace orc::postgres
