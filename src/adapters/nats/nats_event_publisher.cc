#include "adapters/nats/nats_event_publisher.h"

#include <array>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <functional>
#include <iterator>
#include <ranges>

namespace orc {
namespace {

void merge(PublishOutcome part, PublishOutcome& all) {
  std::ranges::move(part.taken, std::back_inserter(all.taken));
  std::ranges::move(part.refused, std::back_inserter(all.refused));
  if (part.stopped) all.stopped = std::move(part.stopped);
}

}  // namespace

Async<PublishedBefore> NatsEventPublisher::prepare() {
  struct Prepared {
    std::shared_ptr<nats::NatsLink> link;
    PublishedBefore before = PublishedBefore::kept;
  };
  auto work = [link = is_connected() ? link_ : nullptr, this]() mutable -> Result<Prepared> {
    if (!link) {
      auto connected = nats::NatsLink::connect(settings_.servers);
      if (!connected) return pass_on(connected);
      link = std::move(*connected);
    }
    const auto before = nats::find_streams(*link);
    if (!before) return std::unexpected(before.error());
    return Prepared{.link = std::move(link), .before = *before};
  };
  auto prepared = co_await pool_.run(std::move(work));
  if (!prepared) co_return pass_on(prepared);
  link_ = std::move(prepared->link);
  co_return prepared->before;
}

Async<void> NatsEventPublisher::make_place() {
  if (!link_) co_return fail(ErrorCode::unavailable, "NATS: no connection yet");
  co_return co_await pool_.run(
      [link = link_, bytes = settings_.stream_bytes_max]() -> Result<void> { return nats::make_own_stream(*link, bytes); });
}

boost::asio::awaitable<PublishOutcome> NatsEventPublisher::publish(std::vector<EventToPublish> events) {
  using namespace boost::asio::experimental::awaitable_operators;
  if (!link_) co_return PublishOutcome{.stopped = Error{ErrorCode::unavailable, "NATS: no connection yet"}};
  std::array<Lane, lanes> all;
  for (EventToPublish& one : events) all[std::hash<std::string>{}(one.event.deliberation) % lanes].push_back(std::move(one));
  auto [first, second, third, fourth] = co_await (run_lane(link_, std::move(all[0])) && run_lane(link_, std::move(all[1])) &&
                                                  run_lane(link_, std::move(all[2])) && run_lane(link_, std::move(all[3])));
  PublishOutcome outcome;
  for (PublishOutcome* part : {&first, &second, &third, &fourth}) merge(std::move(*part), outcome);
  co_return outcome;
}

boost::asio::awaitable<PublishOutcome> NatsEventPublisher::run_lane(std::shared_ptr<nats::NatsLink> link, Lane lane) {
  if (lane.empty()) co_return PublishOutcome{};
  auto outcome = co_await pool_.run(
      [this, link = std::move(link), lane = std::move(lane)]() -> Result<PublishOutcome> { return publish_lane(link, lane); });
  if (!outcome) co_return PublishOutcome{.stopped = outcome.error()};
  co_return std::move(*outcome);
}

PublishOutcome NatsEventPublisher::publish_lane(const std::shared_ptr<nats::NatsLink>& link, const Lane& lane) const {
  PublishOutcome outcome;
  for (const EventToPublish& one : lane) {
    EventMessage message = event_message(one.event, *one.deliberation, digest_);
    const auto taken = link->publish({.subject = std::move(message.subject), .id = std::move(message.id), .body = std::move(message.body)});
    if (!taken) {
      outcome.stopped = taken.error();
      break;
    }
    (*taken == nats::Taken::yes ? outcome.taken : outcome.refused).push_back(one.event.id);
  }
  return outcome;
}

}  // namespace orc
