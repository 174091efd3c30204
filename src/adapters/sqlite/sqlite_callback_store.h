#pragma once

#include "adapters/sqlite/callback_rows.h"
#include "adapters/sqlite/readers.h"
#include "adapters/sqlite/writer.h"
#include "ports/clock.h"

namespace orc::sqlite {

// SqliteCallbackStore is a CallbackStore on one SQLite file. Thread-safe. Borrows everything.
class SqliteCallbackStore final : public CallbackStore {
 public:
  SqliteCallbackStore(Writer& writer, Readers& readers, CallbackWrites& writes, Clock& clock)
      : writer_(writer), readers_(readers), writes_(writes), clock_(clock) {}

  Async<std::vector<DueCallback>> claim(std::string origin, int count) override;
  Async<void> record(CallbackTry tried) override;
  Async<std::int64_t> waiting() override;
  Async<std::vector<CallbackDelivery>> deliveries(JobId job) override;

 private:
  Writer& writer_;
  Readers& readers_;
  CallbackWrites& writes_;
  Clock& clock_;
};

}  // namespace orc::sqlite
