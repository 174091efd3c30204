#pragma once

#include <deque>

#include "adapters/http/http_body_source.h"
#include "application/job/follow_log.h"

namespace orc {

// LogEvents writes the log of a job as server-sent events (WHATWG HTML, section 9.2): `line` with a line of the log and its number as the
// id of the event, `progress`, and at last `end` with the job's status. Who lost the connection goes on with the header Last-Event-ID.
class LogEvents final : public HttpBodySource {
 public:
  // A comment after so long without an event shows that the connection lives.
  static constexpr std::chrono::seconds silence_max{15};
  static constexpr std::size_t part_bytes_max = 64 * 1024;

  LogEvents(FollowLog follow, Clock& clock) : follow_(std::move(follow)), clock_(clock) {}

  boost::asio::awaitable<std::string> next() override;
  void give_up() override;

 private:
  void take(LogNews news);
  void write_lines(std::string& part);
  void write_rest(std::string& part);

  FollowLog follow_;
  Clock& clock_;
  std::deque<LogLine> lines_;  // that are not written yet, at most follow_lines_max
  LogNews rest_;               // what comes behind them
  bool gave_up_ = false;
  bool has_ended_ = false;
  bool has_begun_ = false;
};

}  // namespace orc
