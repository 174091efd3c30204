#include "adapters/sqlite/callback_rows.h"

#include "adapters/sql_text/callback_columns.h"

namespace orc::sqlite {
CallbackWrites::CallbackWrites(Connection& connection, const StatementCatalog& catalog)
    : due_(catalog.prepare(connection, "due_callbacks")),
      begin_try_(catalog.prepare(connection, "begin_try")),
      record_try_(catalog.prepare(connection, "record_try")) {}

std::vector<DueCallback> CallbackWrites::claim(const std::string& origin, int count, Timestamp now) {
  std::vector<DueCallback> due;
  due_.for_each([&](Row row) { due.push_back(due_callback_of(row)); }, origin, now, count);
  for (const DueCallback& one : due) begin_try_.execute(one.id, now, now + callback_lease);
  return due;
}

void CallbackWrites::record(const CallbackTry& tried, Timestamp now) {
  const Timestamp due = now + tried.wait.value_or(std::chrono::milliseconds{0});
  record_try_.execute(tried.id, tried.number, tried.state, due, tried.answer.status, tried.answer.reason);
}

CallbackQueries::CallbackQueries(Connection& connection, const StatementCatalog& catalog)
    : some_is_due_(catalog.prepare(connection, "some_callback_is_due")),
      waiting_(catalog.prepare(connection, "waiting_callbacks")),
      of_job_(catalog.prepare(connection, "callbacks_of_job")) {}

std::vector<CallbackDelivery> CallbackQueries::of(JobId job) {
  std::vector<CallbackDelivery> deliveries;
  of_job_.for_each([&](Row row) { deliveries.push_back(delivery_of(row)); }, job);
  return deliveries;
}

}  // namespace orc::sqlite
