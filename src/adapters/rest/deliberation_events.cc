#include "adapters/rest/deliberation_events.h"

#include <stdexcept>
#include <utility>

#include "adapters/rest/deliberation_json.h"

namespace orc {

boost::asio::awaitable<std::string> DeliberationEvents::next() {
  // At once, so that the client knows that it is heard; and how soon it should come back after a cut.
  if (!std::exchange(has_begun_, true)) co_return "retry: 1000\n\n";
  std::string part;
  const SteadyTime silence_ends = clock_.steady_now() + silence_max;
  while (part.empty() && !gave_up_ && !(events_.empty() && is_over_)) {
    if (events_.empty()) {
      auto news = co_await follow_->next(silence_ends);
      if (!news) throw std::runtime_error(news.error().message);  // the client comes back, and may be told then
      take(std::move(*news));
    }
    write_some(part);
    if (part.empty() && !gave_up_ && !is_over_ && clock_.steady_now() >= silence_ends) part = ": waiting\n\n";
  }
  co_return part;
}

void DeliberationEvents::take(DeliberationNews news) {
  for (StoredEvent& event : news.events) {
    event_bytes_ += text_bytes_of(event);
    events_.push_back(std::move(event));
  }
  if (deliberation_ != news.deliberation) deliberation_bytes_ = text_size_of(*news.deliberation);
  deliberation_ = std::move(news.deliberation);
  is_over_ = news.is_over;
}

void DeliberationEvents::write_some(std::string& part) {
  for (; !events_.empty() && part.size() < part_bytes_max; events_.pop_front()) {
    told_end_ = told_end_ || events_.front().event.kind == EventKind::ended;
    part += event_text(events_.front(), *deliberation_);
    event_bytes_ -= text_bytes_of(events_.front());
  }
  if (events_.empty() && is_over_ && !std::exchange(told_end_, true)) part += end_text_of(*deliberation_);
}

void DeliberationEvents::give_up() {
  gave_up_ = true;
  follow_->give_up();
}

}  // namespace orc
