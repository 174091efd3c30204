#include "adapters/nats/nats_event_publisher.h"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/experimental/parallel_group.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <iterator>
#include <map>

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

std::vector<NatsEventPublisher::Lane> NatsEventPublisher::laid_out(std::vector<EventToPublish> events) {
  std::map<std::string, std::size_t> counts;
  for (const EventToPublish& one : events) ++counts[one.event.deliberation];
  std::vector<Lane> all(std::min(lanes, counts.size()));
  std::vector<std::size_t> loads(all.size());
  std::map<std::string, std::size_t> places;
  for (EventToPublish& one : events) {
    const auto [place, is_new] = places.try_emplace(one.event.deliberation);
    if (is_new) {
      place->second = static_cast<std::size_t>(std::ranges::min_element(loads) - loads.begin());
      loads[place->second] += counts[one.event.deliberation];
    }
    all[place->second].push_back(std::move(one));
  }
  return all;
}

boost::asio::awaitable<PublishOutcome> NatsEventPublisher::publish(std::vector<EventToPublish> events) {
  if (!link_) co_return PublishOutcome{.stopped = Error{ErrorCode::unavailable, "NATS: no connection yet"}};
  if (events.empty()) co_return PublishOutcome{};
  const auto executor = co_await boost::asio::this_coro::executor;
  const auto begin = [&](Lane lane) { return boost::asio::co_spawn(executor, run_lane(link_, std::move(lane)), boost::asio::deferred); };
  std::vector<decltype(begin({}))> begun;
  for (Lane& lane : laid_out(std::move(events))) begun.push_back(begin(std::move(lane)));
  auto [order, thrown, outcomes] = co_await boost::asio::experimental::make_parallel_group(std::move(begun))
                                       .async_wait(boost::asio::experimental::wait_for_all(), boost::asio::use_awaitable);
  for (const std::exception_ptr& one : thrown)
    if (one) std::rethrow_exception(one);
  PublishOutcome outcome;
  for (PublishOutcome& part : outcomes) merge(std::move(part), outcome);
  co_return outcome;
}

boost::asio::awaitable<PublishOutcome> NatsEventPublisher::run_lane(std::shared_ptr<nats::NatsLink> link, Lane lane) {
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
