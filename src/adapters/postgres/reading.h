#pragma once

#include "adapters/postgres/connection.h"

namespace orc::postgres {

// Reading asks questions on a connection that only reads, each seeing everything that was committed before it. Used by one thread at a
// time; throws StorageFault.
class Reading {
 public:
  Reading(Connection& connection, SteadyTime deadline) : connection_(connection), deadline_(deadline) {}

  // One question.
  template <typename... Values>
  Rows ask(std::string_view name, const Values&... values) {
    const std::size_t place = connection_.send(name, Parameters(values...));
    connection_.exchange(deadline_);
    return connection_.answer(place);
  }

  // All questions that `work` asks see one state. `work` gives the answer.
  template <typename Work>
  auto at_one_moment(Work work) {
    connection_.send("begin_read", Parameters());
    auto answer = work(*this);
    connection_.send("end_transaction", Parameters());
    connection_.exchange(deadline_);
    return answer;
  }

 private:
  Connection& connection_;
  const SteadyTime deadline_;
};

}  // namespace orc::postgres
