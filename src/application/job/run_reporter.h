#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <memory>
#include <span>

#include "ports/clock.h"
#include "ports/cluster.h"
#include "ports/wake_up.h"
#include "ports/work_source.h"

namespace orc {

inline constexpr std::chrono::milliseconds report_interval{500};
inline constexpr std::size_t report_bytes_wanted = 64 * 1024;  // so much is told without waiting for the interval

// RunReporter tells a work source what one run says while it goes on. What could not be told - the source is away, or takes no reports -
// comes with the run's end; a run that ends within an interval costs no report. Made and ended on the thread of `executor`; what it hears
// may come from any thread.
class RunReporter final : public RunObserver {
 public:
  struct Ports {
    WorkSource& source;
    WakeUps& wake_ups;
    Clock& clock;
  };

  RunReporter(boost::asio::any_io_executor executor, Ports ports, WorkerId worker, RunName run);
  ~RunReporter() override;
  RunReporter(const RunReporter&) = delete;
  RunReporter& operator=(const RunReporter&) = delete;

  void log_grew(std::span<const LogLine> lines) override;
  void progressed(const Progress& progress) override;

  // To be awaited when the run has ended, once. The number of the last line that the source has taken.
  boost::asio::awaitable<std::int64_t> end();

 private:
  class Telling;

  const boost::asio::any_io_executor executor_;
  const std::shared_ptr<Telling> telling_;
};

}  // namespace orc
