#pragma once

#include "adapters/postgres/readers.h"
#include "adapters/postgres/writer.h"
#include "ports/callback_store.h"
#include "ports/clock.h"

namespace orc::postgres {

// PostgresCallbackStore is a CallbackStore in a database that other processes use too. Thread-safe. Borrows everything.
class PostgresCallbackStore final : public CallbackStore {
 public:
  PostgresCallbackStore(Writer& writer, Readers& readers, Clock& clock) : writer_(writer), readers_(readers), clock_(clock) {}

  Async<std::vector<DueCallback>> claim(std::string origin, int count) override;
  Async<void> record(CallbackTry tried) override;
  Async<std::int64_t> waiting() override;
  Async<std::vector<CallbackDelivery>> deliveries(JobId job) override;

 private:
  Writer& writer_;
  Readers& readers_;
  Clock& clock_;
};

}  // namespace orc::postgres
