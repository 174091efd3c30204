#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "ports/clock.h"
#include "ports/readiness.h"

namespace orc {

struct ReadinessReport {
  struct Check {
    std::string name;
    Result<std::string> state;
  };
  std::vector<Check> checks;  // in the order of the probes

  bool all_ready() const;
};

struct ReadinessTimes {
  std::chrono::milliseconds kept{1'000};        // a report serves so long
  std::chrono::milliseconds answer_max{2'000};  // a dependency that takes longer counts as away
};

// ReadinessChecks asks the probes, all at once and each only once at a time: a check may cost a durable write, and anybody may ask.
// Who comes while a round runs waits for it; who comes within `kept` after it gets the same report. I/O thread only.
class ReadinessChecks {
 public:
  // Probes and clock must outlive the checks and everything that still runs in them.
  ReadinessChecks(const std::vector<ReadinessProbe*>& probes, Clock& clock, ReadinessTimes times = {});

  // Answers within `answer_max`.
  boost::asio::awaitable<ReadinessReport> report();

 private:
  // One dependency, and what it said last.
  struct Watch {
    ReadinessProbe& probe;
    bool asked = false;  // and not answered yet, maybe since an earlier round
    Result<std::string> said{};
  };

  void begin_round(const boost::asio::any_io_executor& executor);
  void answered(Watch& watch, Result<std::string> said);
  void end_round();

  Clock& clock_;
  const ReadinessTimes times_;
  std::vector<Watch> watches_;
  std::size_t silent_ = 0;                            // watches that are asked
  std::shared_ptr<boost::asio::steady_timer> round_;  // ends with the round; nothing between two rounds
  ReadinessReport report_;
  SteadyTime stale_at_{};  // of report_
};

}  // namespace orc
