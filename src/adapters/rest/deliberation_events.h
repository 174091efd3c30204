#pragma once

#include <deque>
#include <memory>

#include "adapters/http/http_body_source.h"
#include "application/deliberation/follow_deliberation.h"

namespace orc {

// One event as server-sent events (WHATWG HTML, section 9.2), as api/openapi.yaml tells; the last of them has the event's number as its id,
// so that whoever was cut between two of them gets both again.
std::string event_text(const StoredEvent& event, const Deliberation& deliberation);

// `decision`, if there is one, and `end`, without an id: of a deliberation whose events are not kept any more.
std::string end_text_of(const Deliberation& deliberation);

// DeliberationEvents writes what happens in a deliberation as server-sent events. Who lost the connection goes on with Last-Event-ID.
class DeliberationEvents final : public HttpBodySource {
 public:
  // A comment after so long without an event shows that the connection lives.
  static constexpr std::chrono::seconds silence_max{15};
  static constexpr std::size_t part_bytes_max = 64 * 1024;

  DeliberationEvents(std::unique_ptr<FollowDeliberation> follow, Clock& clock) : follow_(std::move(follow)), clock_(clock) {}

  boost::asio::awaitable<std::string> next() override;
  std::size_t kept_bytes() const override { return event_bytes_ + deliberation_bytes_; }
  void give_up() override;

 private:
  void take(DeliberationNews news);
  void write_some(std::string& part);

  const std::unique_ptr<FollowDeliberation> follow_;
  Clock& clock_;
  std::deque<StoredEvent> events_;  // that are not written yet, at most follow_events_max
  std::size_t event_bytes_ = 0;     // of their texts
  std::shared_ptr<const Deliberation> deliberation_;
  std::size_t deliberation_bytes_ = 0;  // about
  bool told_end_ = false;
  bool is_over_ = false;
  bool gave_up_ = false;
  bool has_begun_ = false;
};

}  // namespace orc
