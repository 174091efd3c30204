#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include "adapters/sandbox/progress_lines.h"

namespace orc {

// ProgressTeller tells what ProgressLines reads as it comes, and the last line of a burst once its second is over, also of a run that is
// silent then. Made, used and ended on `executor`, which runs one handler at a time.
class ProgressTeller {
 public:
  ProgressTeller(const boost::asio::any_io_executor& executor, std::function<void(const Progress&)> tell)
      : timer_(executor), tell_(std::move(tell)) {}
  ProgressTeller(const ProgressTeller&) = delete;
  ProgressTeller& operator=(const ProgressTeller&) = delete;

  void add(std::string_view bytes, SteadyTime now);

  // What has come ends here; nothing is told after it.
  void end();

  std::int64_t malformed() const { return lines_.malformed(); }

 private:
  void tell(const std::optional<Progress>& progress) const;
  void tell_when_due();

  ProgressLines lines_;
  boost::asio::steady_timer timer_;
  const std::function<void(const Progress&)> tell_;
  const std::shared_ptr<int> lives_ = std::make_shared<int>();  // a wait that is over may be heard of after our end
};

}  // namespace orc
