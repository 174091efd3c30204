#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

#include "adapters/postgres/transaction.h"
#include "domain/job/job_state.h"

namespace orc::postgres {

// Counters adds up, during a transaction, how many jobs came into and left each status, and writes each sum once: a thousand submissions
// change one row, which belongs to this connection (counters.slot). One for each transaction.
class Counters {
 public:
  // owner 0: nobody.
  void add(std::int64_t owner, std::string_view plugin_name, JobStatus status, std::int64_t n);

  void write(Transaction& transaction) const;

 private:
  std::map<std::tuple<std::int64_t, std::string, JobStatus>, std::int64_t, std::less<>> sums_;
};

}  // namespace orc::postgres
