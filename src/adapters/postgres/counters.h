#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "adapters/postgres/connection.h"
#include "domain/job/job_state.h"

namespace orc::postgres {

// Counters adds up, during a transaction, how many jobs came into and left each status, and writes each sum once: a thousand submissions
// change one row, which belongs to this connection (counters.slot). Part of a Transaction, which writes them as its last change and in one
// order, so that transactions which wait for each other's rows here wait for nothing else of each other.
class Counters {
 public:
  // owner 0: nobody.
  void add(std::int64_t owner, std::string_view plugin_name, JobStatus status, std::int64_t n);

  // Sends what came since the last time, along with what is sent anyway.
  void send(Connection& connection);

 private:
  std::map<std::tuple<std::int64_t, std::string, JobStatus>, std::int64_t, std::less<>> sums_;
};

}  // namespace orc::postgres
